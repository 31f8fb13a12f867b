// Normalisation with all that follows it element by element, in one pass.
#pragma once

#include "engine/program.h"

namespace athanor::engine {

constexpr double kEpsilon = 1e-5;

/// One image, or some of its channels.
struct Source {
  Plane plane;
  const void* x = nullptr;
};
/// Of each group of an image's channels.
struct Moments {
  std::vector<float> mean, inverse;  ///< inverse: 1/√(variance + ε)
};
/// Of all sources' channels one after another, in `groups` groups.
Moments moments(const Kernels& kernels, std::span<const Source> sources, int64_t groups);
/// Normalisation and modulation as one multiplication and one addition: (1 + scale)·norm(x) + shift = factor·x +
/// offset. Without moments x is not normalised, and without scale_shift [2·channels] not modulated.
void coefficients(const Moments& moments, int64_t channels, const float* weight, const float* bias,
                  const float* scale_shift, float* factors, float* offsets);

/// y = act((1 + scale)·norm(x) + shift), each part of which may be left out: nothing of it makes a copy, and of several
/// inputs the concatenation.
struct Normalisation {
  std::vector<int> inputs;  ///< one after another along the channels
  /// Group normalisation over the channels of all inputs; 0: none. One group of a vector is layer normalisation.
  int64_t groups = 0;
  const std::vector<float>*weight = nullptr, *bias = nullptr;  ///< [channels]
  Vector scale_shift;                                          ///< [2·channels]; may be absent
  bool silu = false;
};

std::unique_ptr<Step> normalisation(const Program& program, Normalisation options, int out);

}  // namespace athanor::engine
