// Arrays of one element type as another.
//
// Floating-point values are rounded once, to the nearest, ties to even, whatever the two types are. To an integer they
// are truncated towards zero, as C and NumPy do. Integers become integers exactly. A boolean is 0 or 1, and of a number
// whether it is not 0. Infinities and NaN stay what they are where the new type has them.
#pragma once

#include <cstdint>
#include <span>

#include "core/dtype.h"

namespace athanor::array {

/// Reads `bytes` (little-endian elements of `dtype`, any alignment) as float32, converting as C does.
/// Throws Error{data} unless out.size()·size_of(dtype) == bytes.size().
void to_float32(DType dtype, std::span<const std::byte> bytes, std::span<float> out);
/// Writes float32 values as `dtype`, a floating-point type; what it cannot hold becomes infinity, in float8_e4m3fn NaN.
/// Throws Error{data} for another type and unless out.size() == values.size()·size_of(dtype).
void from_float32(std::span<const float> values, DType dtype, std::span<std::byte> out);

/// What becomes of a number that the new type cannot hold, which for float8_e4m3fn and integers includes infinities.
enum class Overflow {
  refuse,   ///< an error names it
  saturate  ///< the type's largest or least number is stored
};

/// Writes the elements `in` of type `from` to `out` as `to`; any alignment, no overlap. `first` is the index of in's
/// first element, as errors state it. Throws Error{data}: "element 17 is 70000, more than the 65504 that float16 holds;
/// --saturate stores that instead" under Overflow::refuse, for NaN as an integer always, and when the sizes do not
/// match.
void cast(DType from, std::span<const std::byte> in, DType to, std::span<std::byte> out, Overflow overflow,
          uint64_t first = 0);

}  // namespace athanor::array
