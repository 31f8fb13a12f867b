// The activation of transformers with its gradient, by the engine's kernels: LibTorch 1.13's takes seven times as long.
#pragma once

#include <ATen/core/Tensor.h>

namespace athanor::nn {

/// x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))). x [N,C,H,W] channels last, or [N,C]: float32 or bfloat16, as the result
/// is. Differentiable once. Source: Hendrycks, Gimpel, "Gaussian error linear units" (2016), section 2.
at::Tensor gelu(const at::Tensor& x);

}  // namespace athanor::nn
