// A transformer for images: patches are tokens, and noise level and class decide how each block scales and shifts.
//
//   tokens = linear(patches) + positions
//   block(x):  x + gate₁·attention(norm(x)·(1 + scale₁) + shift₁);  x + gate₂·mlp(norm(x)·(1 + scale₂) + shift₂)
//   output:    patches of linear(norm(x)·(1 + scale) + shift);      each of the vectors is a linear(silu(emb))
// where norm has no weights, mlp = linear(gelu(linear(·))), and gates start at 0, so that a block begins as the
// identity.
//
// Source: Peebles and Xie, "Scalable diffusion models with transformers" (2023), section 3.2 (adaLN-Zero).
// Differs: the output is the image's own channels (no variances); a block's modulation is two linear layers a branch,
//          scale and shift in one and the gate in another, instead of one for all six.
#pragma once

#include "arch/graph.h"
#include "core/fields.h"

namespace athanor::arch {

struct DitOptions {
  int64_t patch = 2;      ///< pixels of a patch's side
  int64_t hidden = 384;   ///< channels of a token, divisible by 4 and by the heads
  int64_t layers = 12;    ///< blocks
  int64_t heads = 6;      ///< of attention
  int64_t mlp_ratio = 4;  ///< width of the inner layer of a block's mlp, as a multiple of `hidden`
  void fields(Fields& v);
};

/// shape is [C,H,W], H and W divisible by the patch; classes 0: unconditional; augmentation: as in embedding.h.
/// Throws Error{data} for a shape or options that do not fit.
Graph dit(const DitOptions& options, const Shape& shape, int64_t classes, int64_t augmentation);

}  // namespace athanor::arch
