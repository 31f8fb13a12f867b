// Self-attention over the pixels of images with its gradient, by the engine's kernels.
#pragma once

#include <ATen/core/Tensor.h>

namespace athanor::nn {

/// qkv [N,3C,H,W] channels last, float32 or bfloat16 → [N,C,H,W] channels last, of its type: softmax(qᵀk/√d)·v, heads
/// of d = C/heads channels. Computed in float32, but for bfloat16 on AMX, where the
/// softmax's weights are bfloat16 too. Differentiable once; memory grows with the number of pixels, not with
/// its square, in both directions. The same for every number of threads. Source: Dao et al., "FlashAttention" (2022),
/// appendix B.2: scores are computed again on the way back.
at::Tensor attention(const at::Tensor& qkv, int64_t heads);

}  // namespace athanor::nn
