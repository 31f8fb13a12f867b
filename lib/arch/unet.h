// A UNet for images: residual blocks with scale-shift conditioning and self-attention at chosen resolutions.
//
//   block(x):  h = conv(silu(norm(x)));  h = conv(silu(norm(h)·(1 + scale) + shift));  x + h
//              (scale, shift) = linear(silu(emb))
//   down: `blocks` blocks a level, then a stride-2 convolution;   middle: block, attention, block;
//   up:   as many blocks, each on the concatenation with its skip, then nearest upsampling and a convolution.
//
// Source: Ho et al., "Denoising diffusion probabilistic models" (2020), appendix B; Dhariwal and Nichol, "Diffusion
//         models beat GANs" (2021), section 3 (scale-shift).
// Differs: a level has as many blocks on the way up as down, and resampling convolutions change the channels; this
//          costs a third less than one more block a level.
#pragma once

#include "arch/graph.h"
#include "core/fields.h"

namespace athanor::arch {

struct UnetOptions {
  int64_t channels = 32;                         ///< of the first level
  std::vector<int64_t> multipliers = {1, 2, 2};  ///< channels of each level, as multiples of `channels`
  int64_t blocks = 2;                            ///< residual blocks a level, down and up
  std::vector<int64_t> attention = {7};          ///< image heights at which blocks are followed by self-attention
  int64_t head_channels = 32;                    ///< channels of an attention head
  void fields(Fields& v);
};

/// The way down, which other networks begin with too.
struct Descent {
  Value emb;                  ///< what blocks are conditioned on
  std::vector<Value> blocks;  ///< what came of each, the last at the last level
};
/// Throws Error{data} for a shape or options that do not fit.
Descent descend(Graph& g, const UnetOptions& options, const Shape& shape, int64_t classes, int64_t augmentation);

/// shape is [C,H,W], H and W divisible by 2^(levels−1); classes 0: unconditional; augmentation: as in embedding.h.
/// Throws Error{data} for a shape or options that do not fit.
Graph unet(const UnetOptions& options, const Shape& shape, int64_t classes, int64_t augmentation = 0);

}  // namespace athanor::arch
