// Normalisation with all that follows it element by element, in one pass.
#pragma once

#include "engine/program.h"

namespace athanor::engine {

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
Moments moments(const Kernels& kernels, std::span<const Source> sources, int64_t groups, double epsilon);
/// Normalisation and modulation as one multiplication and one addition: (1 + scale)·norm(x) + shift = factor·x +
/// offset, norm(x) = weight·x̂ + bias. Without moments x̂ is x; weight, bias [channels] and scale_shift [2·channels] may
/// be absent.
void coefficients(const Moments& moments, int64_t channels, const float* weight, const float* bias,
                  const float* scale_shift, float* factors, float* offsets);

/// y = act((1 + scale)·norm(x) + shift), each part of which may be left out: nothing of it makes a copy, and of several
/// inputs the concatenation. Without norm and modulation also y = gate·x, and to what is not normalised by pixels a
/// value may be added.
struct Normalisation {
  std::vector<int> inputs;  ///< one after another along the channels
  int64_t groups = 0;       ///< of group normalisation over the channels of all inputs; 0: none
  bool by_pixels = false;   ///< layer normalisation: over the channels of each pixel of one input
  double epsilon = 0;       ///< of either
  const std::vector<float>*weight = nullptr, *bias = nullptr;  ///< [channels]; layer normalisation may lack them
  Vector scale_shift;                                          ///< [2·channels]; may be absent
  Vector gate;                                                 ///< [channels]; may be absent
  Activation activation = Activation::none;
  int added = -1;  ///< a value, or -1
};

std::unique_ptr<Step> normalisation(const Program& program, Normalisation options, int out);

}  // namespace athanor::engine
