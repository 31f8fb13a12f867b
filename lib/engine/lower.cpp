#include "engine/lower.h"

#include <algorithm>
#include <map>

#include "arch/fusion.h"
#include "engine/attention.h"
#include "engine/movement.h"
#include "engine/normalisation.h"
#include "engine/winograd.h"

namespace athanor::engine {
namespace {

using arch::Node;
using arch::Op;
using arch::Uses;

/// Writes one of the two programs.
class Writer {
 public:
  Writer(const arch::Graph& graph, Parameters& parameters, const Uses& uses, const arch::Chains& chains,
         const Parallel& parallel, Program& program)
      : graph_(graph), parameters_(parameters), uses_(uses), chains_(chains), parallel_(parallel), program_(program) {}

  /// For values of the other program.
  std::map<int, Vector> conditions;

  void write(int node);
  void finish(int output_node) { add(output(program_, materialised(output_node)), "output"); }
  /// The value that holds a node's whole output; a concatenation is made here.
  int materialised(int node);

 private:
  struct Lowering {
    std::vector<int> parts;  ///< values, one after another along the channels; empty: not computed by itself
    bool magnified = false;  ///< stands for them, twice as large
  };

  const Node& at(int node) const { return graph_.nodes()[size_t(node)]; }
  const std::vector<float>& parameter(const Node& node, size_t i) const {
    return parameters_[size_t(node.parameters[i])];
  }
  Plane plane_of(const Node& node) const;
  int64_t halo_of(int node) const;
  int value_of(int node);
  void add(std::unique_ptr<Step> step, std::string what, int64_t flops = 0);
  std::vector<int> parts_of(int node);
  bool is_product(int node) const { return at(node).op == Op::conv2d || at(node).op == Op::linear; }
  Vector vector_of(int node);
  bool waits_for_sum(int node) const;
  ConvolutionTerm term_of(int node);
  void write_product(int node, const std::vector<int>& products, int added);
  void write_gate(int node, int gate, int added);
  void write_sum(int node);
  void write_pointwise(const arch::Pointwise& chain);
  void write_rearranged(int node);
  bool stays_small(int node) const;

  const arch::Graph& graph_;
  Parameters& parameters_;
  const Uses& uses_;
  const arch::Chains& chains_;
  const Parallel& parallel_;
  Program& program_;
  std::map<int, Lowering> lowered_;
};

Plane Writer::plane_of(const Node& node) const {
  Plane plane{.channels = node.shape[0]};
  if (node.shape.size() < 3) return plane;
  plane.height = node.shape[1];
  plane.width = node.shape[2];
  return plane;
}

/// The border that convolutions which read a node's output need, through concatenation and magnification too.
int64_t Writer::halo_of(int node) const {
  int64_t halo = 0;
  for (const int user : uses_.users[size_t(node)]) {
    if (at(user).op == Op::conv2d) halo = std::max(halo, at(user).kernel / 2);
    if (at(user).op == Op::concat || at(user).op == Op::upsample) halo = std::max(halo, halo_of(user));
  }
  return halo;
}

int Writer::value_of(int node) {
  Plane plane = plane_of(at(node));
  plane.halo = halo_of(node);
  const int value = int(program_.values.size());
  program_.values.push_back({.plane = plane});
  lowered_[node] = {.parts = {value}};
  return value;
}

void Writer::add(std::unique_ptr<Step> step, std::string what, int64_t flops) {
  step->what = std::move(what);
  step->flops = flops;
  program_.steps.push_back(std::move(step));
}

std::vector<int> Writer::parts_of(int node) {
  if (const auto it = lowered_.find(node); it != lowered_.end() && !it->second.magnified) return it->second.parts;
  return {materialised(node)};
}

int Writer::materialised(int node) {
  const auto it = lowered_.find(node);
  if (it == lowered_.end()) {
    const Vector vector = conditions.at(node);
    const int value = value_of(node);
    add(condition(program_, vector, value), "condition");
    return value;
  }
  const Lowering from = it->second;
  if (from.parts.size() == 1 && !from.magnified) return from.parts.front();
  const int value = value_of(node);
  if (from.magnified)
    add(magnify(from.parts.front(), value), "upsample");
  else
    add(normalisation(program_, {.inputs = from.parts}, value), "concat");
  return value;
}

/// A node's vector, from the other program where it is there.
Vector Writer::vector_of(int node) {
  const auto known = conditions.find(node);
  return known != conditions.end() ? known->second : Vector{.value = materialised(node)};
}

/// Whether a product or gate is left to the addition that follows it.
bool Writer::waits_for_sum(int node) const {
  const int user = uses_.only_user(node);
  return (is_product(node) || at(node).op == Op::gate) && user >= 0 && at(user).op == Op::add &&
         uses_.conditional[size_t(user)] == uses_.conditional[size_t(node)];
}

ConvolutionTerm Writer::term_of(int node) {
  const Node& n = at(node);
  const Shape& shape = graph_.parameters()[size_t(n.parameters[0])].shape;
  const Lowering& from = lowered_.at(n.inputs[0]);
  const bool magnified = from.magnified && stays_small(n.inputs[0]);
  return {.inputs = magnified ? from.parts : parts_of(n.inputs[0]),
          .weight = {.values = parameter(n, 0).data(),
                     .out = shape[0],
                     .in = shape[1],
                     .kernel = shape.size() == 4 ? shape[2] : 1},
          .stride = n.stride,
          .magnified = magnified};
}

/// The sum of products, a value and their biases: those that suit Winograd's tiles in a step of their own.
void Writer::write_product(int node, const std::vector<int>& products, int added) {
  struct Sum {
    std::vector<ConvolutionTerm> terms;
    std::string names;
    int64_t flops = 0;
  } direct, tiled;
  std::vector<float> bias(size_t(at(node).shape[0]));
  for (const int product : products) {
    const Node& n = at(product);
    if (!lowered_.contains(n.inputs[0])) materialised(n.inputs[0]);
    const ConvolutionTerm term = term_of(product);
    for (size_t j = 0; j < bias.size(); ++j) bias[j] += parameter(n, 1)[j];
    Sum& sum =
        !term.magnified && suits_winograd(*program_.kernels, term.weight, term.stride, plane_of(n)) ? tiled : direct;
    const int64_t k = term.weight.kernel, taps = k / 2 + 1;  // taps: of a magnified image's phase, in each direction
    sum.flops += term.magnified ? graph_.flops(n) / (k * k) * taps * taps : graph_.flops(n);
    sum.names += fmt::format("{}{}{} {}{}", sum.names.empty() ? "" : " + ", term.magnified ? "upsample, " : "",
                             name_of(n.op), n.op == Op::conv2d ? fmt::format("{}x{} ", k, k) : "", n.name);
    sum.terms.push_back(term);
  }
  const std::vector<float> none(bias.size());
  if (!direct.terms.empty()) {
    const int value = value_of(node);
    add(convolution(program_, direct.terms, tiled.terms.empty() ? bias : none, added, value, parallel_),
        direct.names + (added < 0 ? "" : " + add"), direct.flops);
    added = value;
  }
  if (!tiled.terms.empty()) {
    const int value = value_of(node);
    add(winograd(program_, tiled.terms, bias, added, value, parallel_), tiled.names + (added < 0 ? "" : " + add"),
        tiled.flops);
  }
  for (const int product : products) std::vector<float>().swap(parameters_[size_t(at(product).parameters[0])]);
}

/// The result of a gate, or of the node that adds a value to it.
void Writer::write_gate(int node, int gate, int added) {
  const Normalisation options{
      .inputs = parts_of(at(gate).inputs[0]), .gate = vector_of(at(gate).inputs[1]), .added = added};
  add(normalisation(program_, options, value_of(node)), added < 0 ? "gate" : "gate + add");
}

/// a + b, where a gate, convolution or linear layer that waits for the sum takes it along.
void Writer::write_sum(int node) {
  std::vector<int> gates, products, others;
  for (const int input : at(node).inputs)
    (!waits_for_sum(input) ? others : at(input).op == Op::gate ? gates : products).push_back(input);
  if (!gates.empty()) {
    if (gates.size() == 2) write_gate(gates[1], gates[1], -1);
    if (!products.empty()) write_product(products[0], {products[0]}, -1);
    const bool second = at(node).inputs[0] == gates[0];
    return write_gate(node, gates[0], materialised(at(node).inputs[second ? 1 : 0]));
  }
  // Two products become one when they give the same pixels from inputs of the same size.
  const auto magnifies = [&](int p) { return lowered_.at(at(p).inputs[0]).magnified; };
  if (products.size() == 2 && (magnifies(products[0]) || magnifies(products[1]))) {
    write_product(products[1], {products[1]}, -1);
    others.push_back(products[1]);
    products.pop_back();
  }
  if (products.empty()) {
    const Normalisation options{.inputs = parts_of(others[0]), .added = materialised(others[1])};
    return add(normalisation(program_, options, value_of(node)), "add");
  }
  write_product(node, products, others.empty() ? -1 : materialised(others[0]));
}

/// Whether a magnification is only read by convolutions that can take the small image.
bool Writer::stays_small(int node) const {
  return std::ranges::all_of(uses_.users[size_t(node)],
                             [&](int user) { return at(user).op == Op::conv2d && at(user).stride == 1; });
}

void Writer::write_pointwise(const arch::Pointwise& chain) {
  const int from = at(chain.first()).inputs[0];
  Normalisation options;
  if (chain.norm >= 0) {
    const Node& norm = at(chain.norm);
    options.groups = norm.groups;
    options.by_pixels = norm.op == Op::layer_norm;
    options.epsilon = norm.epsilon;
    options.weight = norm.parameters.empty() ? nullptr : &parameter(norm, 0);
    options.bias = norm.parameters.empty() ? nullptr : &parameter(norm, 1);
  }
  options.inputs = options.by_pixels ? std::vector{materialised(from)} : parts_of(from);
  if (chain.modulate >= 0) options.scale_shift = vector_of(at(chain.modulate).inputs[1]);
  if (chain.activation >= 0)
    options.activation = at(chain.activation).op == Op::silu ? Activation::silu : Activation::gelu;
  std::string what;
  for (const int part : {chain.norm, chain.modulate, chain.activation})
    if (part >= 0)
      what += fmt::format("{}{}{}{}", what.empty() ? "" : ", ", name_of(at(part).op), at(part).name.empty() ? "" : " ",
                          at(part).name);
  add(normalisation(program_, options, value_of(chain.last)), what);
}

void Writer::write_rearranged(int node) {
  const Node& n = at(node);
  const int from = materialised(n.inputs[0]), to = value_of(node);
  const bool back = n.op == Op::unpatchify;
  add(n.op == Op::add_positions ? add_positions(program_, from, to)
      : n.op == Op::mean        ? mean(program_, from, to)
                                : rearrange(back ? from : to, n.patch, back ? to : from, back),
      std::string(name_of(n.op)));
}

void Writer::write(int node) {
  const Node& n = at(node);
  if (chains_.inner.contains(node)) return;
  switch (n.op) {
    case Op::noise_level:
    case Op::label: return;
    case Op::input: return add(input(program_, value_of(node)), "input");
    case Op::positional_embedding: return add(positional_embedding(program_, value_of(node)), "positional_embedding");
    case Op::class_embedding: {
      const int value = value_of(node);
      return add(class_embedding(program_, parameter(n, 0), value), "class_embedding");
    }
    case Op::linear:
    case Op::conv2d:
      if (!waits_for_sum(node)) write_product(node, {node}, -1);
      return;
    case Op::group_norm:
    case Op::layer_norm:
    case Op::modulate:
    case Op::silu:
    case Op::gelu: return write_pointwise(chains_.by_last.at(node));
    case Op::gate:
      if (!waits_for_sum(node)) write_gate(node, node, -1);
      return;
    case Op::attention: {
      const int qkv = materialised(n.inputs[0]);
      const int value = value_of(node);
      return add(attention(program_, qkv, n.heads, value), fmt::format("attention {}", at(n.inputs[0]).name),
                 graph_.flops(n));
    }
    case Op::add: return write_sum(node);
    case Op::concat: {
      Lowering joined;
      for (const int input : n.inputs)
        for (const int part : parts_of(input)) joined.parts.push_back(part);
      lowered_[node] = joined;
      return;
    }
    case Op::told: fail(ErrorKind::data, "a network in training, which is told of augmentation, cannot be run");
    case Op::upsample: lowered_[node] = {.parts = {materialised(n.inputs[0])}, .magnified = true}; return;
    case Op::add_positions:
    case Op::patchify:
    case Op::unpatchify:
    case Op::mean: return write_rearranged(node);
  }
}

}  // namespace

Lowered lower(const arch::Graph& graph, Parameters& parameters, std::string_view kernels, Precision precision,
              int64_t images, const Parallel& parallel) {
  const Uses uses(graph);
  const arch::Chains chains = arch::chains_of(graph, uses, [](const arch::Pointwise&) { return true; });
  Lowered lowered;
  lowered.conditioning.images = lowered.image.images = images;
  lowered.conditioning.kernels = &kernels_of(kernels, Precision::float32);
  lowered.image.kernels = &kernels_of(kernels, precision);
  Writer conditioning(graph, parameters, uses, chains, parallel, lowered.conditioning);
  Writer image(graph, parameters, uses, chains, parallel, lowered.image);
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    const int node = int(i);
    if (!uses.conditional[i]) continue;
    conditioning.write(node);
    const bool leaves = std::ranges::any_of(uses.users[i], [&](int user) { return !uses.conditional[size_t(user)]; });
    if (!leaves) continue;
    image.conditions[node] = {.condition = lowered.condition_width};
    lowered.conditioning.results.push_back(conditioning.materialised(node));
    lowered.condition_width += element_count(graph.nodes()[i].shape);
  }
  for (size_t i = 0; i < graph.nodes().size(); ++i)
    if (!uses.conditional[i]) image.write(int(i));
  image.finish(graph.output_node());
  plan_memory(lowered.conditioning);
  plan_memory(lowered.image);
  return lowered;
}

}  // namespace athanor::engine
