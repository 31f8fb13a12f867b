// Normalisation with what follows it element by element, and the gradient, by the engine's kernels.
#pragma once

#include <ATen/core/Tensor.h>

namespace athanor::nn {

/// act((1 + scale)·norm(x) + shift) in one pass, where act is x·σ(x) or nothing.
/// x [N,C,H,W] channels last, or [N,C]; norm over C/groups channels and all pixels, with weight and bias [C];
/// scale_shift [N,2C], or undefined. x is float32 or bfloat16, as the result is, the others float32.
/// Differentiable once. The same for every number of threads, but for the gradients by weight and bias, which are sums
/// over images in an order that the number of threads decides.
at::Tensor normalisation(const at::Tensor& x, int64_t groups, double epsilon, const at::Tensor& weight,
                         const at::Tensor& bias, const at::Tensor& scale_shift, bool silu);

}  // namespace athanor::nn
