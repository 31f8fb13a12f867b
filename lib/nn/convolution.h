// Convolutions with their gradients, by the engine's kernels.
#pragma once

#include <ATen/core/Tensor.h>

namespace athanor::nn {

/// x [N,C,H,W] channels last, float32 or bfloat16; weight [O,C,k,k] and bias [O], float32 → [N,O,⌈H/stride⌉,⌈W/stride⌉]
/// channels last, of x's type. Zero padding (k−1)/2, k odd. Sums are float32. Differentiable once. Results are the same
/// for every number of threads; so are gradients by x, while those by weight and bias are sums over images in an order
/// that the number of threads decides.
at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, int64_t stride = 1);

}  // namespace athanor::nn
