// Element types of tensors, and their names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
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
/// Whether it is a floating-point type, or an integer; boolean is neither.
bool is_floating_point(DType dtype);
bool is_integer(DType dtype);
/// The type with safetensors' name, if it is one that we hold.
std::optional<DType> dtype_named(std::string_view safetensors_name);

/// The type as a word of a command line. Read: PyTorch's name ("float32", "float8_e4m3fn", "bool") or safetensors'
/// ("F32"); anything else throws Error{usage}. Written: PyTorch's.
void from_text(std::string_view text, DType& dtype);
std::string to_text(DType dtype);
inline std::string metavar(const DType&) { return "DTYPE"; }

}  // namespace athanor
