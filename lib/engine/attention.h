// Self-attention over the pixels of an image.
#pragma once

#include "engine/program.h"

namespace athanor::engine {

/// [3C,H,W] = (q, k, v) → [C,H,W]: softmax(qᵀk/√d)·v, heads of d = C/heads channels. In tiles with an online softmax:
/// memory grows with the number of pixels, not with its square.
/// Source: Milakov, Gimelshein, "Online normalizer calculation for softmax" (2018); Dao et al., "FlashAttention"
/// (2022).
std::unique_ptr<Step> attention(const Program& program, int qkv, int64_t heads, int out);

}  // namespace athanor::engine
