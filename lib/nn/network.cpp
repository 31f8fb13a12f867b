#include "nn/network.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "arch/network.h"
#include "core/random.h"
#include "nn/layer_norm.h"
#include "nn/normalisation.h"
#include "tensor/bridge.h"

namespace athanor::nn {
namespace {

/// Whether normalisation() or, without weights, layer_norm() runs it.
bool is_one_step(const arch::Graph& graph, const arch::Pointwise& chain) {
  const auto at = [&](int node) -> const arch::Node& { return graph.nodes()[size_t(node)]; };
  if (chain.norm < 0 || chain.last == chain.norm) return false;
  return chain.activation < 0 || (at(chain.activation).op == arch::Op::silu && !at(chain.norm).parameters.empty());
}

}  // namespace

Network::Network(arch::Graph graph, at::ScalarType compute)
    : graph_(std::move(graph)),
      compute_(compute),
      flat_(at::zeros({graph_.parameter_count()}, at::kFloat)),
      gradient_(at::zeros_like(flat_)),
      last_use_(graph_.nodes().size()) {
  int64_t offset = 0;
  for (const arch::Parameter& p : graph_.parameters()) {
    const int64_t count = element_count(p.shape);
    at::Tensor leaf = flat_.narrow(0, offset, count).view(p.shape).detach().requires_grad_(true);
    leaf.mutable_grad() = gradient_.narrow(0, offset, count).view(p.shape);
    parameters_.push_back(leaf);
    offset += count;
  }
  chains_ = arch::chains_of(graph_, arch::Uses(graph_),
                            [&](const arch::Pointwise& chain) { return is_one_step(graph_, chain); });
  for (size_t i = 0; i < graph_.nodes().size(); ++i) {
    last_use_[i] = int(i);
    for (const int input : inputs_of(int(i))) last_use_[size_t(input)] = int(i);
  }
  last_use_[size_t(graph_.output_node())] = int(graph_.nodes().size());
}

void Network::initialise(uint64_t seed) {
  float* value = flat_.data_ptr<float>();
  for (size_t i = 0; i < graph_.parameters().size(); ++i) {
    const arch::Parameter& p = graph_.parameters()[i];
    Random random(seed, i, Purpose::weight_init);
    for (int64_t k = element_count(p.shape); k > 0; --k)
      *value++ = float(p.init.bound > 0 ? p.init.bound * (2 * random.uniform() - 1) : p.init.constant);
  }
}

void Network::load(io::TensorReader& checkpoint) {
  const io::Layout& layout = checkpoint.layout();
  arch::check_parameters(graph_, layout.tensors);
  const at::NoGradGuard no_grad;
  for (const io::TensorInfo& info : layout.tensors) {  // in the order of the file, so that a pipe will do
    const at::Tensor values = tensor::read_float32(checkpoint, info);
    require(at::isfinite(values).all().item<bool>(), "{} is not finite", info.name);
    for (size_t i = 0; i < parameters_.size(); ++i)
      if (graph_.parameters()[i].name == info.name) parameters_[i].copy_(values);
  }
  checkpoint.finish();
}

std::vector<std::pair<io::TensorInfo, at::Tensor>> Network::tensors(const at::Tensor& flat, DType dtype) const {
  std::vector<std::pair<io::TensorInfo, at::Tensor>> out;
  int64_t offset = 0;
  for (const arch::Parameter& p : graph_.parameters()) {
    const int64_t count = element_count(p.shape);
    out.push_back({{.name = p.name, .dtype = dtype, .shape = p.shape},
                   flat.narrow(0, offset, count).view(p.shape).to(tensor::scalar_type(dtype)).contiguous()});
    offset += count;
  }
  return out;
}

std::vector<int> Network::inputs_of(int node) const {
  const auto chain = chains_.by_last.find(node);
  if (chains_.inner.contains(node)) return {};
  if (chain == chains_.by_last.end()) return graph_.nodes()[size_t(node)].inputs;
  const arch::Pointwise& c = chain->second;
  std::vector<int> inputs{graph_.nodes()[size_t(c.norm)].inputs[0]};
  if (c.modulate >= 0) inputs.push_back(graph_.nodes()[size_t(c.modulate)].inputs[1]);
  return inputs;
}

/// The node's output, or that of the chain which ends with it.
at::Tensor Network::run(int node, const Inputs& inputs, const std::vector<at::Tensor>& values) const {
  std::vector<at::Tensor> arguments, parameters;
  for (const int input : inputs_of(node)) arguments.push_back(values[size_t(input)]);
  const auto chain = chains_.by_last.find(node);
  const arch::Node& n = graph_.nodes()[size_t(chain == chains_.by_last.end() ? node : chain->second.norm)];
  for (const int p : n.parameters) parameters.push_back(parameters_[size_t(p)]);
  if (chain == chains_.by_last.end()) return apply(n, inputs, arguments, parameters);
  const at::Tensor scale_shift = chain->second.modulate >= 0 ? arguments[1] : at::Tensor();
  if (n.parameters.empty()) return layer_norm(arguments[0], scale_shift, n.epsilon);
  return normalisation(arguments[0], n.op == arch::Op::group_norm ? n.groups : 1, n.epsilon, parameters[0],
                       parameters[1], scale_shift, chain->second.activation >= 0);
}

void Network::run_range(int first, int last, const Inputs& inputs, std::vector<at::Tensor>& values) const {
  for (int i = first; i < last; ++i) {
    if (chains_.inner.contains(i)) continue;
    values[size_t(i)] = run(i, inputs, values);
    for (const int input : inputs_of(i))
      if (last_use_[size_t(input)] == i) values[size_t(input)].reset();
  }
}

/// Where `segments` parts of about as many activations each end.
std::vector<int> Network::ends_of(int64_t segments) const {
  const auto count = int64_t(graph_.nodes().size());
  int64_t all = 0, seen = 0;
  for (const arch::Node& node : graph_.nodes()) all += element_count(node.shape);
  std::vector<int> ends;
  for (int64_t i = 0; i < count; ++i) {
    seen += element_count(graph_.nodes()[size_t(i)].shape);
    if (i + 1 == count || seen * segments >= all * int64_t(ends.size() + 1)) ends.push_back(int(i) + 1);
  }
  return ends;
}

/// Activations that are kept at the ends, and those of the largest part while it is computed again.
int64_t Network::kept(const std::vector<int>& ends) const {
  int64_t between = 0, largest = 0;
  int first = 0;
  for (const int end : ends) {
    int64_t inside = 0;
    for (int i = first; i < end; ++i) {
      const int64_t elements = chains_.inner.contains(i) ? 0 : element_count(graph_.nodes()[size_t(i)].shape);
      inside += elements;
      if (last_use_[size_t(i)] >= end) between += elements;
    }
    largest = std::max(largest, inside);
    first = end;
  }
  return between + largest;
}

void Network::recompute(const Segments& segments) {
  const auto count = int64_t(graph_.nodes().size());
  segments_.clear();
  if (segments.count == 1) return;
  if (segments.count > 1) {
    segments_ = ends_of(std::min(segments.count, count));
    return;
  }
  int64_t least = INT64_MAX;
  for (int64_t parts = 2; parts <= count; ++parts) {
    std::vector<int> ends = ends_of(parts);
    const int64_t elements = kept(ends);
    if (elements >= least) continue;
    least = elements;
    segments_ = std::move(ends);
  }
}

at::Tensor Network::forward(const Inputs& given) const {
  Inputs inputs = given;
  inputs.x = given.x.to(compute_);
  const int count = int(graph_.nodes().size());
  std::vector<at::Tensor> values(static_cast<size_t>(count));
  int first = 0;
  for (const int last : segments_) {
    // What lives before the segment and what lives after it. What has no gradient goes along with `constants`.
    std::vector<int> before, after;
    for (int i = 0; i < first; ++i)
      if (values[size_t(i)].defined() && values[size_t(i)].requires_grad()) before.push_back(i);
    for (int i = 0; i < last; ++i)
      if (last_use_[size_t(i)] >= last && !chains_.inner.contains(i)) after.push_back(i);
    const auto segment = [this, first, last, inputs, before, after,
                          constants = values](const std::vector<at::Tensor>& in) {
      std::vector<at::Tensor> inner = constants, out;
      for (size_t k = 0; k < before.size(); ++k) inner[size_t(before[k])] = in[k];
      run_range(first, last, inputs, inner);
      for (const int i : after) out.push_back(inner[size_t(i)]);
      return out;
    };
    std::vector<at::Tensor> in;
    for (const int i : before) in.push_back(values[size_t(i)]);
    const std::vector<at::Tensor> out = recomputed(segment, in);
    values.assign(values.size(), {});
    for (size_t k = 0; k < after.size(); ++k) values[size_t(after[k])] = out[k];
    first = last;
  }
  run_range(first, count, inputs, values);
  return values[size_t(graph_.output_node())].to(at::kFloat);
}

}  // namespace athanor::nn
