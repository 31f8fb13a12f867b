// Elements of any type as numbers of one type that arithmetic is done in, and back.
//
// Arrays are handled a block at a time: widened into a buffer that stays in the first-level cache, computed there, and
// stored. So fifteen types need a loop each, not one for each pair. Bytes are little-endian elements at any alignment.
// No function here checks anything.
#pragma once

#include <cstdint>
#include <span>

#include "core/dtype.h"

namespace athanor::array {

/// Elements of a block.
inline constexpr size_t kBlock = 1024;

/// Whether float32 holds every value of the type.
inline bool fits_float32(DType dtype) { return size_of(dtype) <= 2 || dtype == DType::f32; }

/// out.size() elements, converted as C does: to the nearest, ties to even. A boolean is 1 where its byte is not 0.
void load(DType dtype, const std::byte* in, std::span<float> out);
void load(DType dtype, const std::byte* in, std::span<double> out);
/// Likewise, but 64-bit integers that float64 does not hold are rounded to odd (see floats.h), so that they can be
/// rounded again to any type but float64.
void load_odd(DType dtype, const std::byte* in, std::span<double> out);
/// Of integers and booleans; int64 for all but uint64.
void load(DType dtype, const std::byte* in, std::span<int64_t> out);
void load(DType dtype, const std::byte* in, std::span<uint64_t> out);
/// Of integers and booleans of at most 4 bytes; a uint32 keeps its bits.
void load(DType dtype, const std::byte* in, std::span<int32_t> out);

/// Stores values that the type holds, once rounded: floating-point types to the nearest, integers towards zero. A
/// boolean is whether the value is not 0. Of float, to floating-point types and booleans; of integers, to those and
/// booleans.
void store(std::span<const float> in, DType dtype, std::byte* out);
void store(std::span<const double> in, DType dtype, std::byte* out);
void store(std::span<const int64_t> in, DType dtype, std::byte* out);
void store(std::span<const uint64_t> in, DType dtype, std::byte* out);

}  // namespace athanor::array
