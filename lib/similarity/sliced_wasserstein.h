// The sliced Wasserstein distance: how far apart two sets lie, seen along random directions.
//
//   SW₂² = E_θ W₂²(⟨θ, X⟩, ⟨θ, Y⟩),   θ uniform on the sphere
//   W₂²(a, b) = ∫₀¹ (F_a⁻¹(u) − F_b⁻¹(u))² du
//
// On a line the optimal transport takes sorted numbers to sorted numbers. The integral over the two step functions is
// exact for sets of any two sizes.
//
// Source: Bonneel, Rabin, Peyré, Pfister, "Sliced and Radon Wasserstein barycenters of measures" (2015), section 3.
// Accuracy: each W₂² is exact up to the rounding of float64; the mean over L directions has the standard error that is
//           returned.
#pragma once

#include "similarity/rows.h"

namespace athanor::similarity {

/// `count` unit vectors [count, dimension]; number i depends on (seed, i) alone.
std::vector<double> random_directions(int64_t count, int64_t dimension, uint64_t seed);

/// W₂² between numbers in ascending order, each as often as its `times` says (once where that is empty). Exact for any
/// sizes; neither side may be empty.
double wasserstein_squared(std::span<const double> a, std::span<const double> b, std::span<const int64_t> a_times = {},
                           std::span<const int64_t> b_times = {});

struct SlicedDistance {
  double value = 0;                  ///< SW₂
  double error = 0;                  ///< its standard error, over directions
  std::vector<double> squares = {};  ///< W₂² along each
};

/// One set along all directions, sorted.
class Projections {
 public:
  /// `directions` is [count, rows.dimension].
  Projections(const Rows& rows, std::span<const double> directions, int64_t threads = 1);
  int64_t directions() const { return int64_t(sorted_.size()); }
  /// Ascending.
  std::span<const double> along(int64_t direction) const { return sorted_[size_t(direction)]; }
  /// times[i] of row i, in the order of along(direction); empty stays empty.
  std::vector<int64_t> reordered(int64_t direction, std::span<const int64_t> times) const;

 private:
  std::vector<std::vector<double>> sorted_;
  std::vector<std::vector<int32_t>> order_;  ///< number of the row whose projection stands at each place
};

/// Rows of each set as often as `times` says; once where it is empty. Throws Error{data}: other directions.
SlicedDistance sliced_wasserstein(const Projections& a, const Projections& b, int64_t threads = 1,
                                  std::span<const int64_t> a_times = {}, std::span<const int64_t> b_times = {});

}  // namespace athanor::similarity
