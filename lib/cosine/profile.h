// Local cosines and the global one.
//
// Of groups g with c_g = ⟨x_g,y_g⟩/(X_g·Y_g), X_g = ‖x_g‖, Y_g = ‖y_g‖, the cosine of the whole is
//
//   C = Σ w_g·c_g,   w_g = X_g·Y_g/(‖x‖·‖y‖),
//   C = W·c̄,         W = Σ w_g = cos of the angle between the norm profiles (X_g) and (Y_g),   c̄ = Σ (w_g/W)·c_g.
//
// So a low C has two causes: directions disagree (c̄), or the groups' shares of the norm do (W). With ratios k_g =
// Y_g/X_g between m and M, κ = M/m, and all c_g ≥ λ > 0,
//
//   C ≥ λ·2√κ/(1 + κ),
//
// which two groups with ‖x_1‖² : ‖x_2‖² = M : m and k = m, M attain.
//
// 1 − W is taken as (Σ (X_g − Y_g)² − (‖x‖ − ‖y‖)²)/(2·‖x‖·‖y‖), which keeps its digits where W is almost 1.
//
// Source: Su, "Why is the global cosine similarity so small although the local ones are large?" (kexue.fm, 9931); the
// bound is Cassels' inequality (1951), also Pólya and Szegő's.
#pragma once

#include <limits>
#include <string>

#include "array/products.h"
#include "cosine/grouping.h"

namespace athanor::cosine {

/// The least or greatest of some numbers, and whose it is.
struct Extreme {
  double value;
  std::string group = {};
};

/// What groups have in common, added up group by group.
struct Profile {
  uint64_t groups = 0;    ///< with a cosine: neither side is zero
  uint64_t zero = 0;      ///< groups where a side is zero
  uint64_t negative = 0;  ///< cosines below 0
  array::Sum norms;       ///< Σ X_g·Y_g
  array::Sum apart;       ///< Σ (X_g − Y_g)²
  array::Sum cosines;     ///< Σ c_g
  Extreme least{std::numeric_limits<double>::infinity()}, greatest{-std::numeric_limits<double>::infinity()};  ///< c_g
  Extreme shortest{std::numeric_limits<double>::infinity()}, longest{0};                                       ///< k_g

  void add(const array::Products& group, const GroupName& name);
  /// All elements as groups of one: their cosines are signs.
  void add_elements(const array::Products& elements, const array::Ratios& ratios, const GroupName& name);
  void merge(const Profile& other);

  double mean() const { return cosines.value() / double(groups); }
  double kappa() const { return longest.value / shortest.value; }
  /// Cassels' bound of C; NaN when a cosine is not positive.
  double floor() const;
  /// W and 1 − W of the whole's products.
  double agreement(const array::Products& whole) const { return norms.value() / (whole.norm_x() * whole.norm_y()); }
  double disagreement(const array::Products& whole) const;
  /// c̄.
  double direction(const array::Products& whole) const { return whole.xy.value() / norms.value(); }
};

}  // namespace athanor::cosine
