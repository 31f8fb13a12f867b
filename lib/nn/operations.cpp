#include "nn/operations.h"

#include <ATen/ATen.h>

#include <cmath>

#include "engine/movement.h"
#include "nn/attention.h"
#include "nn/convolution.h"
#include "nn/gelu.h"
#include "nn/layer_norm.h"
#include "nn/normalisation.h"

namespace athanor::nn {
namespace {

using Tensors = std::vector<at::Tensor>;

/// [N] → [N, dim]: cos then sin of value·10000^(−i/(dim/2 − 1)).
at::Tensor positional_embedding(const at::Tensor& value, int64_t dim) {
  const int64_t half = dim / 2;
  const at::Tensor exponents = at::arange(half, at::kDouble) / double(half - 1);
  const at::Tensor frequencies = at::pow(10000.0, -exponents).to(at::kFloat);
  const at::Tensor angle = at::outer(value, frequencies);
  return at::cat({angle.cos(), angle.sin()}, 1);
}

at::Tensor class_embedding(const at::Tensor& labels, const at::Tensor& weight) {
  return at::embedding(weight, at::where(labels < 0, at::full_like(labels, weight.size(0) - 1), labels));
}

at::Tensor told(const Inputs& inputs, const at::Tensor& weight) {
  if (!inputs.told.defined()) return at::zeros({inputs.x.size(0), weight.size(0)}, weight.options());
  return at::matmul(inputs.told, weight.t());
}

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  return at::linear(x.to(weight.scalar_type()), weight, bias).to(x.scalar_type());
}

at::Tensor modulate(const at::Tensor& x, const at::Tensor& scale_shift) {
  std::vector<at::Tensor> halves = scale_shift.to(x.scalar_type()).chunk(2, 1);
  if (x.dim() == 4)
    for (at::Tensor& half : halves) half = half.unsqueeze(2).unsqueeze(3);
  return at::addcmul(halves[1], x, halves[0] + 1);
}

at::Tensor gate(const at::Tensor& x, const at::Tensor& g) {
  const at::Tensor factors = g.to(x.scalar_type());
  return x * (x.dim() == 4 ? factors.unsqueeze(2).unsqueeze(3) : factors);
}

at::Tensor add_positions(const at::Tensor& x) {
  const int64_t channels = x.size(1), height = x.size(2), width = x.size(3);
  std::vector<float> table = engine::grid_positions(channels, height, width);
  return x + at::from_blob(table.data(), {1, height, width, channels}, at::kFloat)
                 .permute({0, 3, 1, 2})
                 .to(x.scalar_type());
}

}  // namespace

at::Tensor apply(const arch::Node& node, const Inputs& inputs, const Tensors& in, const Tensors& p) {
  using arch::Op;
  switch (node.op) {
    case Op::input: return inputs.x;
    case Op::noise_level: return inputs.noise;
    case Op::label: return inputs.labels;
    case Op::told: return told(inputs, p[0]);
    case Op::positional_embedding: return positional_embedding(in[0], node.shape[0]);
    case Op::class_embedding: return class_embedding(in[0], p[0]);
    case Op::linear: return linear(in[0], p[0], p[1]);
    case Op::conv2d: return convolution(in[0], p[0], p[1], node.stride);
    case Op::group_norm: return normalisation(in[0], node.groups, node.epsilon, p[0], p[1], {}, false);
    case Op::layer_norm:
      return p.empty() ? layer_norm(in[0], {}, node.epsilon)
                       : normalisation(in[0], 1, node.epsilon, p[0], p[1], {}, false);
    case Op::modulate: return modulate(in[0], in[1]);
    case Op::silu: return at::silu(in[0]);
    case Op::gelu: return nn::gelu(in[0]);
    case Op::gate: return gate(in[0], in[1]);
    case Op::attention: return attention(in[0], node.heads);
    case Op::add: return in[0] + in[1];
    case Op::concat: return at::cat({in[0], in[1]}, 1);
    case Op::upsample: return at::upsample_nearest2d(in[0], {2 * in[0].size(2), 2 * in[0].size(3)});
    case Op::add_positions: return add_positions(in[0]);
    case Op::patchify: return at::pixel_unshuffle(in[0], node.patch);
    case Op::unpatchify: return at::pixel_shuffle(in[0], node.patch);
    case Op::mean: return in[0].mean({2, 3});
  }
  fail(ErrorKind::data, "unknown operation");
}

}  // namespace athanor::nn
