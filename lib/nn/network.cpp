#include "nn/network.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "arch/network.h"
#include "core/random.h"
#include "tensor/bridge.h"

namespace athanor::nn {

Network::Network(arch::Graph graph)
    : graph_(std::move(graph)),
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
  for (size_t i = 0; i < graph_.nodes().size(); ++i) {
    last_use_[i] = int(i);
    for (const int input : graph_.nodes()[i].inputs) last_use_[size_t(input)] = int(i);
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

at::Tensor Network::forward(const Inputs& inputs) const {
  const std::vector<arch::Node>& nodes = graph_.nodes();
  std::vector<at::Tensor> values(nodes.size());
  std::vector<at::Tensor> arguments, parameters;
  for (size_t i = 0; i < nodes.size(); ++i) {
    arguments.clear();
    parameters.clear();
    for (const int input : nodes[i].inputs) arguments.push_back(values[size_t(input)]);
    for (const int p : nodes[i].parameters) parameters.push_back(parameters_[size_t(p)]);
    values[i] = apply(nodes[i], inputs, arguments, parameters);
    for (const int input : nodes[i].inputs)
      if (last_use_[size_t(input)] == int(i)) values[size_t(input)].reset();
  }
  return values[size_t(graph_.output_node())];
}

}  // namespace athanor::nn
