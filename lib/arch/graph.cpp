#include "arch/graph.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace athanor::arch {
namespace {

/// Variance-preserving for inputs of unit variance: U(±√3/√fan_in).
Init fan_in(int64_t fan, bool zero) { return {.bound = zero ? 0 : std::sqrt(3.0 / double(fan))}; }

void check_size(const std::string& name, const Shape& shape) {
  constexpr int64_t most = int64_t{1} << 40;
  require(element_count(shape) <= most, "the network's {} would have {} elements", name.empty() ? "value" : name,
          shape_text(shape));
}

int64_t checked_flops(const Shape& factors) {
  const int64_t flops = element_count(factors);
  require(flops <= int64_t{1} << 53, "the network would take {} operations an image", fmt::join(factors, "·"));
  return flops;
}

}  // namespace

std::string_view name_of(Op op) {
  constexpr std::array<std::string_view, 22> names{"input",
                                                   "noise_level",
                                                   "label",
                                                   "positional_embedding",
                                                   "class_embedding",
                                                   "linear",
                                                   "conv2d",
                                                   "group_norm",
                                                   "layer_norm",
                                                   "modulate",
                                                   "silu",
                                                   "gelu",
                                                   "gate",
                                                   "attention",
                                                   "add",
                                                   "concat",
                                                   "upsample",
                                                   "add_positions",
                                                   "patchify",
                                                   "unpatchify",
                                                   "mean",
                                                   "told"};
  return names[size_t(op)];
}

Value Graph::add_node(Node node) {
  check_size(node.name, node.shape);
  nodes_.push_back(std::move(node));
  return {int(nodes_.size()) - 1};
}

int Graph::parameter(std::string name, Shape shape, Init init, Role role) {
  check_size(name, shape);
  parameters_.push_back({std::move(name), std::move(shape), init, role});
  return int(parameters_.size()) - 1;
}

Value Graph::input(Shape shape) {
  const Value x = add_node({.op = Op::input, .shape = std::move(shape)});
  input_ = x.node;
  return x;
}
Value Graph::noise_level() { return add_node({.op = Op::noise_level, .shape = {1}}); }
Value Graph::label(int64_t classes) { return add_node({.op = Op::label, .shape = {classes}}); }

Value Graph::told(int64_t in, int64_t out, const std::string& name) {
  const int weight = parameter(name + ".weight", {out, in}, fan_in(in, false), Role::matrix);
  return add_node({.op = Op::told, .name = name, .parameters = {weight}, .shape = {out}});
}

Value Graph::positional_embedding(Value scalar, int64_t dim) {
  require(dim >= 4 && dim % 2 == 0, "a positional embedding needs an even size of at least 4, got {}", dim);
  return add_node({.op = Op::positional_embedding, .inputs = {scalar.node}, .shape = {dim}});
}

Value Graph::class_embedding(Value label, int64_t dim, const std::string& name) {
  const int weight = parameter(name + ".weight", {channels(label) + 1, dim}, {.bound = 1}, Role::embedding);
  return add_node(
      {.op = Op::class_embedding, .name = name, .inputs = {label.node}, .parameters = {weight}, .shape = {dim}});
}

Value Graph::linear(Value x, int64_t out, const std::string& name, bool zero) {
  check_shape(shape(x), {"C"}, name);
  const int weight = parameter(name + ".weight", {out, channels(x)}, fan_in(channels(x), zero), Role::matrix);
  const int bias = parameter(name + ".bias", {out}, {}, Role::bias);
  return add_node({.op = Op::linear, .name = name, .inputs = {x.node}, .parameters = {weight, bias}, .shape = {out}});
}

Value Graph::conv(Value x, int64_t out, int64_t kernel, const std::string& name, int64_t stride, bool zero) {
  check_shape(shape(x), {"C", "H", "W"}, name);
  require(out >= 1 && kernel >= 1 && kernel <= 1023 && kernel % 2 == 1 && stride >= 1,
          "{}: {} channels, a kernel of {} and a stride of {}; expected an odd kernel", name, out, kernel, stride);
  const Shape in = shape(x);
  const int weight =
      parameter(name + ".weight", {out, in[0], kernel, kernel}, fan_in(in[0] * kernel * kernel, zero), Role::matrix);
  const int bias = parameter(name + ".bias", {out}, {}, Role::bias);
  return add_node({.op = Op::conv2d,
                   .name = name,
                   .inputs = {x.node},
                   .parameters = {weight, bias},
                   .shape = {out, (in[1] + stride - 1) / stride, (in[2] + stride - 1) / stride},
                   .kernel = kernel,
                   .stride = stride});
}

Value Graph::group_norm(Value x, const std::string& name, double epsilon) {
  check_shape(shape(x), {"C", "H", "W"}, name);
  const int64_t c = channels(x);
  int64_t groups = std::max<int64_t>(1, std::min<int64_t>(32, c / 4));
  while (c % groups != 0) --groups;
  const int weight = parameter(name + ".weight", {c}, {.constant = 1}, Role::gain);
  const int bias = parameter(name + ".bias", {c}, {}, Role::bias);
  return add_node({.op = Op::group_norm,
                   .name = name,
                   .inputs = {x.node},
                   .parameters = {weight, bias},
                   .shape = shape(x),
                   .groups = groups,
                   .epsilon = epsilon});
}

Value Graph::layer_norm(Value x, const std::string& name, double epsilon) {
  check_shape(shape(x), {"C"}, name);
  const int weight = parameter(name + ".weight", {channels(x)}, {.constant = 1}, Role::gain);
  const int bias = parameter(name + ".bias", {channels(x)}, {}, Role::bias);
  return add_node({.op = Op::layer_norm,
                   .name = name,
                   .inputs = {x.node},
                   .parameters = {weight, bias},
                   .shape = shape(x),
                   .epsilon = epsilon});
}

Value Graph::layer_norm(Value x) {
  return add_node({.op = Op::layer_norm, .inputs = {x.node}, .shape = shape(x), .epsilon = 1e-6});
}

Value Graph::modulate(Value x, Value scale_shift) {
  check_shape(shape(scale_shift), {2 * channels(x)}, "modulate");
  return add_node({.op = Op::modulate, .inputs = {x.node, scale_shift.node}, .shape = shape(x)});
}

Value Graph::silu(Value x) { return add_node({.op = Op::silu, .inputs = {x.node}, .shape = shape(x)}); }

Value Graph::gelu(Value x) { return add_node({.op = Op::gelu, .inputs = {x.node}, .shape = shape(x)}); }

Value Graph::gate(Value x, Value g) {
  check_shape(shape(g), {channels(x)}, "gate");
  return add_node({.op = Op::gate, .inputs = {x.node, g.node}, .shape = shape(x)});
}

Value Graph::attention(Value qkv, int64_t heads) {
  const Shape in = shape(qkv);
  check_shape(in, {"3C", "H", "W"}, "attention");
  require(heads >= 1 && in[0] % (3 * heads) == 0, "attention: {} channels do not split into q, k, v of {} heads", in[0],
          heads);
  return add_node({.op = Op::attention, .inputs = {qkv.node}, .shape = {in[0] / 3, in[1], in[2]}, .heads = heads});
}

Value Graph::add(Value a, Value b) {
  require(shape(a) == shape(b), "add: {} and {} differ", shape_text(shape(a)), shape_text(shape(b)));
  return add_node({.op = Op::add, .inputs = {a.node, b.node}, .shape = shape(a)});
}

Value Graph::concat(Value a, Value b) {
  const Shape sa = shape(a), sb = shape(b);
  require(sa.size() == 3 && sb.size() == 3 && sa[1] == sb[1] && sa[2] == sb[2], "concat: {} and {} do not fit",
          shape_text(sa), shape_text(sb));
  return add_node({.op = Op::concat, .inputs = {a.node, b.node}, .shape = {sa[0] + sb[0], sa[1], sa[2]}});
}

Value Graph::upsample(Value x) {
  const Shape in = shape(x);
  check_shape(in, {"C", "H", "W"}, "upsample");
  return add_node({.op = Op::upsample, .inputs = {x.node}, .shape = {in[0], 2 * in[1], 2 * in[2]}});
}

Value Graph::add_positions(Value x) {
  check_shape(shape(x), {"C", "H", "W"}, "add_positions");
  require(channels(x) % 4 == 0, "add_positions: {} channels are not divisible by 4", channels(x));
  return add_node({.op = Op::add_positions, .inputs = {x.node}, .shape = shape(x)});
}

Value Graph::patchify(Value x, int64_t patch) {
  const Shape in = shape(x);
  check_shape(in, {"C", "H", "W"}, "patchify");
  require(patch >= 1 && in[1] % patch == 0 && in[2] % patch == 0, "patchify: {}x{} does not split into patches of {}",
          in[1], in[2], patch);
  return add_node({.op = Op::patchify,
                   .inputs = {x.node},
                   .shape = {in[0] * patch * patch, in[1] / patch, in[2] / patch},
                   .patch = patch});
}

Value Graph::unpatchify(Value x, int64_t patch) {
  const Shape in = shape(x);
  check_shape(in, {"C", "H", "W"}, "unpatchify");
  require(patch >= 1 && in[0] % (patch * patch) == 0, "unpatchify: {} channels are no patches of {}", in[0], patch);
  return add_node({.op = Op::unpatchify,
                   .inputs = {x.node},
                   .shape = {in[0] / (patch * patch), in[1] * patch, in[2] * patch},
                   .patch = patch});
}

Value Graph::mean(Value x) {
  check_shape(shape(x), {"C", "H", "W"}, "mean");
  return add_node({.op = Op::mean, .inputs = {x.node}, .shape = {channels(x)}});
}

Graph Graph::up_to(std::string_view tap) const {
  const auto found = std::ranges::find(taps_, tap, &Tap::name);
  std::vector<std::string_view> names;
  for (const Tap& t : taps_) names.push_back(t.name);
  require(found != taps_.end(), "the network has no inner value '{}'; it has: {}", tap, fmt::join(names, ", "));
  Graph part = *this;
  part.output_ = found->node;
  part.nodes_.resize(size_t(found->node) + 1);  // a node comes after all that it reads
  std::erase_if(part.taps_, [&](const Tap& t) { return t.node > found->node; });
  return part;
}

int64_t Graph::parameter_count() const {
  int64_t count = 0;
  for (const Parameter& p : parameters_) count += element_count(p.shape);
  return count;
}

int64_t Graph::flops(const Node& node) const {
  const auto weight = [&] { return element_count(parameters_[size_t(node.parameters[0])].shape); };
  switch (node.op) {
    case Op::linear: return checked_flops({2, weight()});
    case Op::conv2d: return checked_flops({2, weight(), node.shape[1], node.shape[2]});
    case Op::attention: {
      const int64_t tokens = node.shape[1] * node.shape[2];
      return checked_flops({4, node.shape[0], tokens, tokens});
    }
    default: return 0;  // elements are only moved or scaled
  }
}

int64_t Graph::flops() const {
  int64_t sum = 0;
  for (const Node& node : nodes_) sum += flops(node);
  return sum;
}

}  // namespace athanor::arch
