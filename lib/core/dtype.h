// Element types of tensors and the conversions between the small floats and float32.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace athanor {

/// Element types, in safetensors' writing order (its list reversed: widest first).
enum class DType : uint8_t {
  u64,
  i64,
  f64,
  f32,
  u32,
  i32,
  bf16,
  f16,
  u16,
  i16,
  f8_e4m3,  ///< without infinities, one NaN: PyTorch's float8_e4m3fn
  f8_e5m2,
  i8,
  u8,
  boolean
};

/// Bytes of one element.
size_t size_of(DType dtype);
/// safetensors' name of the type: "F32".
std::string_view name_of(DType dtype);
/// Whether it is a floating-point type.
bool is_floating_point(DType dtype);
/// The type with safetensors' name, if it is one that we hold.
std::optional<DType> dtype_named(std::string_view safetensors_name);

/// IEEE half and bfloat16 to float32 (exact) and back (round to nearest even; overflow gives infinity, NaN stays NaN).
float f16_to_f32(uint16_t bits);
uint16_t f32_to_f16(float value);
float bf16_to_f32(uint16_t bits);
uint16_t f32_to_bf16(float value);
/// The 8-bit floats likewise; e4m3 has no infinity, and what overflows becomes NaN.
float f8_e4m3_to_f32(uint8_t bits);
uint8_t f32_to_f8_e4m3(float value);
float f8_e5m2_to_f32(uint8_t bits);
uint8_t f32_to_f8_e5m2(float value);

/// Reads `bytes` (little-endian elements of `dtype`, any alignment) as float32, converting as C does.
/// out.size()·size_of(dtype) must equal bytes.size().
void to_float32(DType dtype, std::span<const std::byte> bytes, std::span<float> out);
/// Writes float32 values as `dtype`, a floating-point type.
void from_float32(std::span<const float> values, DType dtype, std::span<std::byte> out);

}  // namespace athanor
