// Two arrays as vectors: their products, from which cosine, distance and correlation follow.
//
// Sums are additive: those of parts, merged, are those of the whole, so that one pass gives a figure of every group and
// of all that is made of groups.
//
//   cosine      c = ⟨x,y⟩/(‖x‖·‖y‖)
//   deficit     1 − c = (‖x − y‖² − (‖x‖ − ‖y‖)²)/(2·‖x‖·‖y‖), which keeps its digits where c is almost 1
//   pearson     the cosine of x − x̄ and y − ȳ
//
// No constant is added to norms: of a vector of zeros there is no cosine, and it is NaN.
//
// Accuracy: each sum of n terms within 2⁻⁴⁴ of the sum of their magnitudes, so that a deficit d is right to
// 2⁻⁴³·(1 + (k − 1)²/(k·d)) of itself, k = ‖y‖/‖x‖. The same calls give the same bits on every processor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "array/sum.h"

namespace athanor::array {

struct Products {
  uint64_t count = 0;                         ///< pairs of finite numbers; the others are in no sum
  uint64_t not_finite = 0;                    ///< pairs with an infinity or NaN
  uint64_t same_sign = 0, opposite_sign = 0;  ///< pairs whose product is above, below 0
  Sum xy, xx, yy;                             ///< ⟨x,y⟩, ‖x‖², ‖y‖²
  Sum apart;                                  ///< ‖x − y‖²
  Sum opposed;                                ///< Σ |x·y| over the pairs of opposite sign
  Sum x, y;                                   ///< Σ x, Σ y
  Sum covariance, variance_x, variance_y;     ///< n times: of x and y about their means

  double norm_x() const { return std::sqrt(xx.value()); }
  double norm_y() const { return std::sqrt(yy.value()); }
  double cosine() const { return xy.value() / (norm_x() * norm_y()); }
  double deficit() const;
  /// Σ |x·y|.
  double magnitudes() const { return xy.value() + 2 * opposed.value(); }
  double pearson() const { return covariance.value() / std::sqrt(variance_x.value() * variance_y.value()); }

  /// Adds as many numbers of each, whose places it may use. Squares must stay below float64's largest number: numbers
  /// up to 10¹⁵⁰ do.
  void add(std::span<double> left, std::span<double> right);
  void merge(const Products& other);
};

/// Least and greatest |y|/|x| of pairs without a zero: {∞, 0} of none.
struct Ratios {
  double least, greatest;
};
Ratios ratios(std::span<const double> x, std::span<const double> y);

}  // namespace athanor::array
