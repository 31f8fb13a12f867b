#include "nn/network.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "arch/network.h"
#include "core/random.h"
#include "nn/normalisation.h"
#include "tensor/bridge.h"

namespace athanor::nn {

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
  const arch::Uses uses(graph_);
  for (size_t i = 0; i < graph_.nodes().size(); ++i) {
    const arch::Pointwise chain = arch::pointwise_from(graph_, uses, int(i));
    if (chain.norm < 0 || chain.last == chain.first) continue;
    chains_[chain.last] = chain;
    for (const int node : {chain.norm, chain.modulate})
      if (node >= 0 && node != chain.last) passed_over_.insert(node);
  }
  for (size_t i = 0; i < graph_.nodes().size(); ++i) {
    last_use_[i] = int(i);
    for (const int input : inputs_of(int(i))) last_use_[size_t(input)] = int(i);
  }
  last_use_[size_t(graph_.output_node())] = int(graph_.nodes().size());
}

at::Tensor Network::decay_mask() const {
  std::vector<at::Tensor> parts;
  for (const arch::Parameter& p : graph_.parameters())
    parts.push_back(at::full({element_count(p.shape)}, p.shape.size() > 1 ? 1.f : 0.f));
  return at::cat(parts);
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
  const auto chain = chains_.find(node);
  if (passed_over_.contains(node)) return {};
  if (chain == chains_.end()) return graph_.nodes()[size_t(node)].inputs;
  const arch::Pointwise& c = chain->second;
  std::vector<int> inputs{graph_.nodes()[size_t(c.norm)].inputs[0]};
  if (c.modulate >= 0) inputs.push_back(graph_.nodes()[size_t(c.modulate)].inputs[1]);
  return inputs;
}

/// The node's output, or that of the chain which ends with it.
at::Tensor Network::run(int node, const Inputs& inputs, const std::vector<at::Tensor>& values) const {
  std::vector<at::Tensor> arguments, parameters;
  for (const int input : inputs_of(node)) arguments.push_back(values[size_t(input)]);
  const auto chain = chains_.find(node);
  const arch::Node& n = graph_.nodes()[size_t(chain == chains_.end() ? node : chain->second.norm)];
  for (const int p : n.parameters) parameters.push_back(parameters_[size_t(p)]);
  if (chain == chains_.end()) return apply(n, inputs, arguments, parameters);
  return normalisation(arguments[0], n.op == arch::Op::group_norm ? n.groups : 1, parameters[0], parameters[1],
                       chain->second.modulate >= 0 ? arguments[1] : at::Tensor(), chain->second.silu >= 0);
}

at::Tensor Network::forward(const Inputs& given) const {
  Inputs inputs = given;
  inputs.x = given.x.to(compute_);
  const std::vector<arch::Node>& nodes = graph_.nodes();
  std::vector<at::Tensor> values(nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (passed_over_.contains(int(i))) continue;
    values[i] = run(int(i), inputs, values);
    for (const int input : inputs_of(int(i)))
      if (last_use_[size_t(input)] == int(i)) values[size_t(input)].reset();
  }
  return values[size_t(graph_.output_node())].to(at::kFloat);
}

}  // namespace athanor::nn
