// Layer normalisation of tokens with their modulation, and the gradient, by the engine's kernels.
#pragma once

#include <ATen/core/Tensor.h>

namespace athanor::nn {

/// (1 + scale)·norm(x) + shift in one pass, norm over the channels of each pixel, without weights.
/// x [N,C,H,W] channels last, or [N,C], float32 or bfloat16, as the result is; scale_shift [N,2C] float32, or undefined
/// for neither. Differentiable once. The same for every number of threads.
at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& scale_shift, double epsilon);

}  // namespace athanor::nn
