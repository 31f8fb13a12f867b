#include "core/dtype.h"

#include <algorithm>
#include <array>

#include "core/error.h"

namespace athanor {
namespace {

struct Entry {
  DType dtype;
  std::string_view name, word;  ///< safetensors' and PyTorch's
  size_t size;
};
constexpr std::array<Entry, 15> kTypes{{{DType::u64, "U64", "uint64", 8},
                                        {DType::i64, "I64", "int64", 8},
                                        {DType::f64, "F64", "float64", 8},
                                        {DType::f32, "F32", "float32", 4},
                                        {DType::u32, "U32", "uint32", 4},
                                        {DType::i32, "I32", "int32", 4},
                                        {DType::bf16, "BF16", "bfloat16", 2},
                                        {DType::f16, "F16", "float16", 2},
                                        {DType::u16, "U16", "uint16", 2},
                                        {DType::i16, "I16", "int16", 2},
                                        {DType::f8_e4m3, "F8_E4M3", "float8_e4m3fn", 1},
                                        {DType::f8_e5m2, "F8_E5M2", "float8_e5m2", 1},
                                        {DType::i8, "I8", "int8", 1},
                                        {DType::u8, "U8", "uint8", 1},
                                        {DType::boolean, "BOOL", "bool", 1}}};
const Entry& entry(DType dtype) { return kTypes[static_cast<size_t>(dtype)]; }

}  // namespace

size_t size_of(DType dtype) { return entry(dtype).size; }
std::string_view name_of(DType dtype) { return entry(dtype).name; }
bool is_floating_point(DType dtype) {
  return dtype == DType::f64 || dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16 ||
         dtype == DType::f8_e4m3 || dtype == DType::f8_e5m2;
}
bool is_integer(DType dtype) { return !is_floating_point(dtype) && dtype != DType::boolean; }
std::optional<DType> dtype_named(std::string_view name) {
  const auto it = std::ranges::find(kTypes, name, &Entry::name);
  return it == kTypes.end() ? std::nullopt : std::optional(it->dtype);
}

void from_text(std::string_view text, DType& dtype) {
  for (const Entry& type : kTypes)
    if (text == type.word || text == type.name) {
      dtype = type.dtype;
      return;
    }
  std::string known;
  for (const Entry& type : kTypes) known += fmt::format("{}{} ({})", known.empty() ? "" : ", ", type.word, type.name);
  fail(ErrorKind::usage, "expected one of {}, got '{}'", known, text);
}
std::string to_text(DType dtype) { return std::string(entry(dtype).word); }

}  // namespace athanor
