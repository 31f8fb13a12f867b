// Convolutions of stride 1 with their gradients, by the engine's kernels.
#pragma once

#include <ATen/core/Tensor.h>

namespace athanor::nn {

/// x [N,C,H,W] channels last, weight [O,C,k,k], bias [O] → [N,O,H,W] channels last, float32, zero padding (k−1)/2, k
/// odd. Differentiable once. Results are the same for every number of threads; so are gradients by x, while those by
/// weight and bias are sums over images in an order that the number of threads decides.
at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace athanor::nn
