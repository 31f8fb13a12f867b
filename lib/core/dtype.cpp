#include "core/dtype.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "core/check.h"

namespace athanor {
namespace {

struct Entry {
  DType dtype;
  std::string_view name;
  size_t size;
};
constexpr std::array<Entry, 15> kTypes{{{DType::u64, "U64", 8},
                                        {DType::i64, "I64", 8},
                                        {DType::f64, "F64", 8},
                                        {DType::f32, "F32", 4},
                                        {DType::u32, "U32", 4},
                                        {DType::i32, "I32", 4},
                                        {DType::bf16, "BF16", 2},
                                        {DType::f16, "F16", 2},
                                        {DType::u16, "U16", 2},
                                        {DType::i16, "I16", 2},
                                        {DType::f8_e4m3, "F8_E4M3", 1},
                                        {DType::f8_e5m2, "F8_E5M2", 1},
                                        {DType::i8, "I8", 1},
                                        {DType::u8, "U8", 1},
                                        {DType::boolean, "BOOL", 1}}};
const Entry& entry(DType dtype) { return kTypes[static_cast<size_t>(dtype)]; }

template <class T, class Convert>
void convert_each(const std::byte* in, std::span<float> out, Convert convert) {
  for (size_t i = 0; i < out.size(); ++i) {
    T value;
    std::memcpy(&value, in + i * sizeof(T), sizeof(T));
    out[i] = convert(value);
  }
}
template <class T>
void cast_each(const std::byte* in, std::span<float> out) {
  convert_each<T>(in, out, [](T v) { return static_cast<float>(v); });
}
template <class T, class Convert>
void store_each(std::span<const float> in, std::byte* out, Convert convert) {
  for (size_t i = 0; i < in.size(); ++i) {
    const T value = convert(in[i]);
    std::memcpy(out + i * sizeof(T), &value, sizeof(T));
  }
}

}  // namespace

size_t size_of(DType dtype) { return entry(dtype).size; }
std::string_view name_of(DType dtype) { return entry(dtype).name; }
bool is_floating_point(DType dtype) {
  return dtype == DType::f64 || dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16 ||
         dtype == DType::f8_e4m3 || dtype == DType::f8_e5m2;
}
std::optional<DType> dtype_named(std::string_view name) {
  const auto it = std::ranges::find(kTypes, name, &Entry::name);
  return it == kTypes.end() ? std::nullopt : std::optional(it->dtype);
}

float f16_to_f32(uint16_t bits) {
  const uint32_t sign = uint32_t(bits & 0x8000u) << 16;
  const uint32_t exponent = (bits >> 10) & 0x1f, mantissa = bits & 0x3ff;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
  if (exponent == 0) {  // zero and subnormals are multiples of 2⁻²⁴
    const float magnitude = std::ldexp(float(mantissa), -24);
    return sign ? -magnitude : magnitude;
  }
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

uint16_t f32_to_f16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint16_t sign = uint16_t((bits >> 16) & 0x8000u);
  const float magnitude = std::abs(value);
  if (std::isnan(value)) return uint16_t(sign | 0x7e00u);
  if (magnitude >= 65520.f) return uint16_t(sign | 0x7c00u);  // halfway to 2¹⁶ rounds up
  if (magnitude < 0x1p-14f)  // subnormal: the sum with 0.5 rounds at 2⁻²⁴, to nearest even
    return uint16_t(sign | (std::bit_cast<uint32_t>(magnitude + 0.5f) - std::bit_cast<uint32_t>(0.5f)));
  const uint32_t m = std::bit_cast<uint32_t>(magnitude) - (112u << 23);
  return uint16_t(sign | ((m + 0xfffu + ((m >> 13) & 1)) >> 13));
}

float bf16_to_f32(uint16_t bits) { return std::bit_cast<float>(uint32_t(bits) << 16); }

uint16_t f32_to_bf16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) return uint16_t((bits >> 16) | 0x40u);
  return uint16_t((bits + 0x7fffu + ((bits >> 16) & 1)) >> 16);
}

float f8_e5m2_to_f32(uint8_t bits) { return f16_to_f32(uint16_t(bits << 8)); }  // float16 with fewer digits

uint8_t f32_to_f8_e5m2(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint8_t sign = uint8_t((bits >> 24) & 0x80u);
  const float magnitude = std::abs(value);
  if (std::isnan(value)) return uint8_t(sign | 0x7fu);
  if (magnitude >= 61440.f) return uint8_t(sign | 0x7cu);  // halfway to 2¹⁶ rounds up
  if (magnitude < 0x1p-14f)  // subnormal: the sum with 128 rounds at 2⁻¹⁶, to nearest even
    return uint8_t(sign | (std::bit_cast<uint32_t>(magnitude + 128.f) - std::bit_cast<uint32_t>(128.f)));
  const uint32_t m = std::bit_cast<uint32_t>(magnitude) - (112u << 23);
  return uint8_t(sign | ((m + 0xfffffu + ((m >> 21) & 1)) >> 21));
}

float f8_e4m3_to_f32(uint8_t bits) {
  const uint32_t sign = uint32_t(bits & 0x80u) << 24;
  const uint32_t exponent = (bits >> 3) & 0xf, mantissa = bits & 7;
  if (exponent == 15 && mantissa == 7) return std::bit_cast<float>(sign | 0x7fc00000u);
  if (exponent == 0) {  // zero and subnormals are multiples of 2⁻⁹
    const float magnitude = float(mantissa) * 0x1p-9f;
    return sign ? -magnitude : magnitude;
  }
  return std::bit_cast<float>(sign | ((exponent + 120) << 23) | (mantissa << 20));
}

uint8_t f32_to_f8_e4m3(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint8_t sign = uint8_t((bits >> 24) & 0x80u);
  const float magnitude = std::abs(value);
  if (!(magnitude <= 464.f))
    return uint8_t(sign | 0x7fu);  // 464 lies halfway between 448, the largest, and NaN's place
  if (magnitude < 0x1p-6f)         // subnormal: the sum with 2¹⁴ rounds at 2⁻⁹, to nearest even
    return uint8_t(sign | (std::bit_cast<uint32_t>(magnitude + 0x1p14f) - std::bit_cast<uint32_t>(0x1p14f)));
  const uint32_t m = std::bit_cast<uint32_t>(magnitude) - (120u << 23);
  return uint8_t(sign | ((m + 0x7ffffu + ((m >> 20) & 1)) >> 20));
}

void to_float32(DType dtype, std::span<const std::byte> bytes, std::span<float> out) {
  require(bytes.size() == out.size() * size_of(dtype), "to_float32: {} bytes for {} elements of {}", bytes.size(),
          out.size(), name_of(dtype));
  const std::byte* in = bytes.data();
  switch (dtype) {
    case DType::f32: std::memcpy(out.data(), in, bytes.size()); return;
    case DType::f64: return cast_each<double>(in, out);
    case DType::f16: return convert_each<uint16_t>(in, out, f16_to_f32);
    case DType::bf16: return convert_each<uint16_t>(in, out, bf16_to_f32);
    case DType::f8_e4m3: return convert_each<uint8_t>(in, out, f8_e4m3_to_f32);
    case DType::f8_e5m2: return convert_each<uint8_t>(in, out, f8_e5m2_to_f32);
    case DType::u64: return cast_each<uint64_t>(in, out);
    case DType::i64: return cast_each<int64_t>(in, out);
    case DType::u32: return cast_each<uint32_t>(in, out);
    case DType::i32: return cast_each<int32_t>(in, out);
    case DType::u16: return cast_each<uint16_t>(in, out);
    case DType::i16: return cast_each<int16_t>(in, out);
    case DType::i8: return cast_each<int8_t>(in, out);
    case DType::u8:
    case DType::boolean: return cast_each<uint8_t>(in, out);
  }
}

void from_float32(std::span<const float> values, DType dtype, std::span<std::byte> out) {
  require(out.size() == values.size() * size_of(dtype), "from_float32: {} bytes for {} elements of {}", out.size(),
          values.size(), name_of(dtype));
  switch (dtype) {
    case DType::f32: std::memcpy(out.data(), values.data(), out.size()); return;
    case DType::f64: return store_each<double>(values, out.data(), [](float v) { return double(v); });
    case DType::f16: return store_each<uint16_t>(values, out.data(), f32_to_f16);
    case DType::bf16: return store_each<uint16_t>(values, out.data(), f32_to_bf16);
    case DType::f8_e4m3: return store_each<uint8_t>(values, out.data(), f32_to_f8_e4m3);
    case DType::f8_e5m2: return store_each<uint8_t>(values, out.data(), f32_to_f8_e5m2);
    default: fail(ErrorKind::data, "cannot store float32 values as {}", name_of(dtype));
  }
}

}  // namespace athanor
