// Two arrays element by element: how many differ, and by how much.
//
// Equal are numbers of the same value (so −0 and 0), infinities of the same sign, and NaN and NaN. Within the tolerance
// are equal elements and finite ones with |a − b| ≤ absolute + relative·|b|: numpy.allclose(a, b, equal_nan=True).
//
// Differences are taken of the values as they are stored, 64-bit integers too, and then rounded to float64.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "array/sum.h"
#include "core/dtype.h"

namespace athanor::array {

struct Tolerance {
  double absolute = 0, relative = 0;  ///< both ≥ 0
};

/// The largest of the differences, and where it is met first.
struct Largest {
  double value = 0;    ///< 0: there is none, and the rest means nothing
  uint64_t index = 0;  ///< of the element
  double a = 0, b = 0;
  void merge(const Largest& other);
};

struct Difference {
  uint64_t count = 0;
  uint64_t different = 0;  ///< not equal
  uint64_t beyond = 0;     ///< outside of the tolerance
  uint64_t unordered = 0;  ///< NaN on one side
  Largest absolute;        ///< |a − b|; infinite where one is infinite and the other is not the same
  Largest relative;        ///< |a − b|/|b| where b is not 0 and both are finite
  Sum squares;             ///< Σ (a − b)² over the places where both are finite
  Sum reference;           ///< Σ b² over the same
  /// Of equal types, how many steps from one number of the type to the next lie between a and b (of integers |a − b|):
  /// places with 0, 1, 2, 3–4, 5–8, 9–16, … steps, each bin ending at a power of two. NaN and NaN are 0 steps apart;
  /// places with NaN on one side are in none. Of unequal types the bins stay 0.
  std::array<uint64_t, 66> ulps{};

  /// √(Σ(a − b)²/Σb²); 0 when no place differs.
  double relative_rms() const;
  /// Adds two arrays of as many elements, the first of index `first`; little-endian, at any alignment. Throws
  /// Error{data} unless both are whole elements and as many.
  void add(DType a_type, std::span<const std::byte> a, DType b_type, std::span<const std::byte> b,
           const Tolerance& tolerance, uint64_t first);
  void merge(const Difference& other);
};

}  // namespace athanor::array
