// The log density of a normal distribution.
//
//   ln N(x; μ, v) = −½·(ln(2πv) + (x − μ)²/v)
#pragma once

#include <cmath>
#include <numbers>

namespace athanor::math {

/// variance > 0.
inline double log_normal_density(double x, double mean, double variance) {
  return -0.5 * (std::log(2 * std::numbers::pi * variance) + (x - mean) * (x - mean) / variance);
}

}  // namespace athanor::math
