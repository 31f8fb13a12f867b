// Augmentation that does not leak: images are moved, turned and stretched at random, and the network is told how.
//
//   flips, translation, scale, rotation and anisotropic scale, each with the same probability, in one affine map
//   y(p) = x(A⁻¹·p), bilinear, mirrored at the edges; the numbers that made A are what the network is told
//
// At sampling it is told zeros, "not changed", so that it draws images as the data have them.
//
// Source: Karras et al., "Elucidating the design space of diffusion-based generative models" (2022), appendix F.2 and
//         table 6; Karras et al., "Training generative adversarial networks with limited data" (2020), appendix B.
// Differs: bilinear interpolation where theirs is a wavelet's low-pass; a stretch w along the axis a is told as
//          w·(cos 2a, sin 2a), since with theirs, w·(cos a, sin a), a stretch along a and a squeeze along it (−w, a +
//          π) are told alike.
#pragma once

#include <array>
#include <span>

#include "core/check.h"
#include "core/fields.h"
#include "core/random.h"

namespace athanor::data {

struct AugmentationOptions {
  double probability = 0;  ///< of each kind of change; 0: none
  bool mirror = false;  ///< half of the images, at random, and the network is not told: it will draw mirrored ones too
  void fields(Fields& v);
};

/// How many numbers tell what was done, all 0 for nothing: mirrored left and right, top and bottom; log2 of the scale
/// over 0.2; rotation as cos − 1 and sin; anisotropy, over 0.2 too; translation as fractions of width and height.
inline constexpr int64_t kAugmentationNumbers = 9;
using AugmentationNumbers = std::array<float, size_t(kAugmentationNumbers)>;

/// Changes an image [C,H,W] in place by what `random` draws; returns what was done.
AugmentationNumbers augment(const AugmentationOptions& options, Random& random, const Shape& shape,
                            std::span<float> image);

}  // namespace athanor::data
