// Normalisation with all that follows it element by element, in one pass.
#pragma once

#include "engine/program.h"

namespace athanor::engine {

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
