// What the numbers of an array are like: extremes, mean, spread, and how many are none.
//
// All but the counts is over the finite values. Arithmetic is in float64, of which 64-bit integers are the nearest. The
// same calls give the same bits on every processor; how an array is cut into calls changes the last bits, within the
// bounds.
//
// A block of values is summed, then its squares about its own mean; blocks join by
//   M = M₁ + M₂ + (m₂ − m₁)²·n₁n₂/(n₁ + n₂),
// so that a spread far smaller than the mean is not lost.
// Source: Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances",
// Stanford STAN-CS-79-773 (1979), equation 2.1b.
//
// Accuracy: sum() within 2⁻⁴⁶·Σ|x|; rms() within 2⁻⁴⁴ of itself; deviation() within 2⁻⁴⁴·rms(). Squares of values
// beyond 10¹⁵⁴, and sums beyond float64, are infinite; the deviation is then infinite or NaN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "array/sum.h"
#include "core/dtype.h"

namespace athanor::array {

struct Statistics {
  uint64_t count = 0;  ///< elements, of every kind
  uint64_t zeros = 0, nans = 0, infinities = 0;
  /// NaN when there is no finite value.
  double min = std::numeric_limits<double>::quiet_NaN(), max = min;
  Sum total;       ///< Σ x
  Sum about_mean;  ///< Σ (x − mean)²

  uint64_t finite() const { return count - nans - infinities; }
  double sum() const { return total.value(); }
  /// Of no finite value, these are NaN.
  double mean() const;
  /// √(Σx²/n).
  double rms() const;
  /// √(Σ(x − mean)²/n): of the values themselves, not an estimate for what they were drawn from.
  double deviation() const;

  /// Adds elements of `dtype`, little-endian, at any alignment. Throws Error{data} unless `bytes` are whole elements.
  void add(DType dtype, std::span<const std::byte> bytes);
  void merge(const Statistics& other);

 private:
  double mean_of(double whole) const;
};

}  // namespace athanor::array
