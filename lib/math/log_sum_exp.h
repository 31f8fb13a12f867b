// ln Σ eˣ without overflow.
//
//   ln Σ e^(x_k) = m + ln Σ e^(x_k − m),   m = max x_k
//
// Accuracy: a few units in the last place for any finite input; the largest term is exact.
#pragma once

#include <cmath>
#include <limits>
#include <span>

namespace athanor::math {

/// −∞ for no terms or when all are −∞; +∞ or NaN among the terms passes through.
inline double log_sum_exp(std::span<const double> x) {
  double m = -std::numeric_limits<double>::infinity();
  for (const double v : x) m = std::isnan(v) || v > m ? v : m;
  if (!std::isfinite(m)) return m;
  double sum = 0;
  for (const double v : x) sum += std::exp(v - m);
  return m + std::log(sum);
}

}  // namespace athanor::math
