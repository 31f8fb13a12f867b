// The small floating-point types as float32, and back: bits in, bits out.
//
// Widening is exact. Narrowing rounds once, to the nearest, ties to even. NaN becomes a quiet NaN of the same sign.
// What overflows becomes infinity; in float8_e4m3fn, which has none, NaN.
//
// Differs: of float8_e4m3fn newer releases of PyTorch (2.15 does) store 448 for what overflows, infinity included;
// older ones NaN. NaN does not pass for a number; array::cast with Overflow::saturate stores 448.
//
// There are no branches, so that a loop over these functions is a loop over vectors: both the normal and the subnormal
// answer are computed, and one is taken.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace athanor::array {

namespace detail {

constexpr uint32_t kInfinity = 0x7f800000u, kQuiet = 0x00400000u;

/// A type of 1 sign bit, exponent bits with this bias and `mantissa` bits. Codes of magnitudes from `special` on are
/// not numbers: infinity and NaNs, or NaN alone.
struct Format {
  int mantissa, bias;
  uint32_t special, nan;
  float overflow;  ///< the least magnitude that rounds to `special`
  constexpr int shift() const { return 23 - mantissa; }
  constexpr uint32_t sign() const { return (special | nan) + 1; }
  /// What float32's exponent has more than ours, in place.
  constexpr uint32_t rebias() const { return uint32_t(127 - bias) << 23; }
  /// float32's bits of the least normal number.
  constexpr uint32_t least_normal() const { return uint32_t(128 - bias) << 23; }
};
inline constexpr Format kF16{10, 15, 0x7c00, 0x7e00 | 0x1ff, 65520.f};
inline constexpr Format kF8E5M2{2, 15, 0x7c, 0x7f, 61440.f};
inline constexpr Format kF8E4M3{3, 7, 0x7f, 0x7f, 0x1.d00002p8f};  // 464 itself is a tie and rounds to 448

// Magnitudes stay below 2³¹: compared as signed numbers, for which SSE2 has an instruction.
constexpr bool less(uint32_t a, uint32_t b) { return int32_t(a) < int32_t(b); }

template <Format f>
constexpr float widen(uint32_t code) {
  const uint32_t magnitude = code & (f.sign() - 1), wide = magnitude << f.shift();
  const float subnormal = std::bit_cast<float>(wide + f.least_normal()) - std::bit_cast<float>(f.least_normal());
  uint32_t bits = less(magnitude, 1u << f.mantissa) ? std::bit_cast<uint32_t>(subnormal) : wide + f.rebias();
  const uint32_t nan = wide | kInfinity | kQuiet;
  bits = less(magnitude, f.special) ? bits : f.special == f.nan || less(f.special, magnitude) ? nan : kInfinity;
  return std::bit_cast<float>(bits | (code & f.sign()) * (0x80000000u / f.sign()));
}

template <Format f>
constexpr uint32_t narrow(float value) {
  // Added to a subnormal result, this number's last digit is the type's least: the sum rounds as it must.
  constexpr float magic = std::bit_cast<float>(uint32_t(128 - f.bias + f.shift()) << 23);
  const uint32_t bits = std::bit_cast<uint32_t>(value), magnitude = bits & 0x7fffffffu;
  const uint32_t half = (1u << (f.shift() - 1)) - 1 + (magnitude >> f.shift() & 1u);
  const uint32_t normal = (magnitude - f.rebias() + half) >> f.shift();
  const uint32_t subnormal =
      std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + magic) - std::bit_cast<uint32_t>(magic);
  uint32_t code = less(magnitude, f.least_normal()) ? subnormal : normal;
  code = less(magnitude, std::bit_cast<uint32_t>(f.overflow)) ? code : f.special;
  code = less(kInfinity, magnitude) ? f.nan : code;
  return code | bits >> 31 << std::countr_zero(f.sign());
}

}  // namespace detail

constexpr float f16_to_f32(uint16_t bits) { return detail::widen<detail::kF16>(bits); }
constexpr float f8_e4m3_to_f32(uint8_t bits) { return detail::widen<detail::kF8E4M3>(bits); }
constexpr float f8_e5m2_to_f32(uint8_t bits) { return detail::widen<detail::kF8E5M2>(bits); }
constexpr float bf16_to_f32(uint16_t bits) {
  const uint32_t wide = uint32_t(bits) << 16;
  return std::bit_cast<float>(wide | (detail::less(detail::kInfinity, wide & 0x7fffffffu) ? detail::kQuiet : 0));
}

constexpr uint16_t f32_to_f16(float value) { return uint16_t(detail::narrow<detail::kF16>(value)); }
constexpr uint8_t f32_to_f8_e4m3(float value) { return uint8_t(detail::narrow<detail::kF8E4M3>(value)); }
constexpr uint8_t f32_to_f8_e5m2(float value) { return uint8_t(detail::narrow<detail::kF8E5M2>(value)); }
constexpr uint16_t f32_to_bf16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t rounded = bits + 0x7fffu + (bits >> 16 & 1u), nan = bits | detail::kQuiet;
  return uint16_t((detail::less(detail::kInfinity, bits & 0x7fffffffu) ? nan : rounded) >> 16);
}

/// float64 to float32, rounded to odd: of the two neighbours of a value that float32 does not hold, the one whose last
/// bit is 1. Rounded again to a type of at most 22 bits, as all the small ones are, it gives what rounding once would:
/// the odd bit remembers on which side of a tie the value lay. Never overflows; infinities and NaN are kept.
///
/// Source: Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to
/// odd", IEEE Transactions on Computers 57 (2008), theorem 1.
inline float f64_to_odd_f32(double value) {
  const float nearest = float(value);
  const double magnitude = std::abs(value), rounded = std::abs(double(nearest));
  const uint32_t bits = std::bit_cast<uint32_t>(nearest), even = ~bits & 1u;
  const uint32_t step = uint32_t(rounded < magnitude) - uint32_t(rounded > magnitude);
  return std::bit_cast<float>(bits + step * even);
}

}  // namespace athanor::array
