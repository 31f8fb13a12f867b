// A classifier of noisy images: the downward half of a UNet, which is told the noise level, and a linear layer.
//
//   logits = linear(features),   features = mean over the pixels of silu(norm(down(x)))
//
// Its gradient by x guides a sampler to a class; its inner value "features" is what images can be compared by.
// Source: Dhariwal and Nichol, "Diffusion models beat GANs" (2021), section 4.
// Differs: the mean over the pixels, where theirs attends to them.
#pragma once

#include "arch/unet.h"

namespace athanor::arch {

/// [C,H,W] → [outputs], with a tap "features" [channels of the last level]; `options` are those of the UNet;
/// augmentation: as in embedding.h. Throws Error{data} for a shape or options that do not fit.
Graph classifier(const UnetOptions& options, const Shape& shape, int64_t outputs, int64_t augmentation);

}  // namespace athanor::arch
