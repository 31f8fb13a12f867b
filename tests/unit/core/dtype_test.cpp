#include "core/dtype.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "support/files.h"

namespace athanor {
namespace {

/// The value of a 16-bit float by its definition, in double; infinity's pattern counts as the next power of two.
double value_of(uint16_t bits, int exponent_bits) {
  const int mantissa_bits = 15 - exponent_bits, bias = (1 << (exponent_bits - 1)) - 1;
  const int exponent = (bits & 0x7fff) >> mantissa_bits, mantissa = bits & ((1 << mantissa_bits) - 1);
  const double magnitude = exponent == 0 ? std::ldexp(mantissa, 1 - bias - mantissa_bits)
                                         : std::ldexp(mantissa + (1 << mantissa_bits), exponent - bias - mantissa_bits);
  return bits & 0x8000 ? -magnitude : magnitude;
}

struct Kind {
  int exponent_bits;
  uint16_t infinity;
  float (*widen)(uint16_t);
  uint16_t (*narrow)(float);
};
const Kind kinds[] = {{5, 0x7c00, f16_to_f32, f32_to_f16}, {8, 0x7f80, bf16_to_f32, f32_to_bf16}};

TEST_CASE("dtype: two ways: all patterns of f16 and bf16 widen to their defined value and come back", "[core]") {
  for (const Kind& kind : kinds)
    for (uint32_t pattern = 0; pattern < 65536; ++pattern) {
      const auto bits = uint16_t(pattern);
      const float value = kind.widen(bits);
      const int magnitude = bits & 0x7fff;
      if (magnitude > kind.infinity) {
        REQUIRE(std::isnan(value));
        REQUIRE((kind.narrow(value) & 0x7fff) > kind.infinity);
        continue;
      }
      if (magnitude == kind.infinity) {
        REQUIRE(std::isinf(value));
      } else {
        REQUIRE(double(value) == value_of(bits, kind.exponent_bits));
      }
      REQUIRE(std::signbit(value) == ((bits & 0x8000) != 0));
      REQUIRE(kind.narrow(value) == bits);
    }
}

TEST_CASE("dtype: value: midpoints round to even and their neighbours to the nearest", "[core]") {
  const float up = std::numeric_limits<float>::infinity();
  for (const Kind& kind : kinds)
    for (uint16_t low = 0; low < kind.infinity; ++low) {
      const auto high = uint16_t(low + 1), even = low % 2 == 0 ? low : high;
      const double exact = (value_of(low, kind.exponent_bits) + value_of(high, kind.exponent_bits)) / 2;
      const auto middle = float(exact);
      REQUIRE(double(middle) == exact);
      REQUIRE(kind.narrow(middle) == even);
      REQUIRE(kind.narrow(std::nextafter(middle, up)) == high);
      REQUIRE(kind.narrow(std::nextafter(middle, -up)) == low);
      REQUIRE(kind.narrow(-middle) == (even | 0x8000));
    }
}

TEST_CASE("dtype: limit: values beyond the range become infinity", "[core]") {
  CHECK(f32_to_f16(65519.996f) == 0x7bff);
  CHECK(f32_to_f16(65520.f) == 0x7c00);
  CHECK(f32_to_f16(-1e30f) == 0xfc00);
  CHECK(f32_to_bf16(std::numeric_limits<float>::max()) == 0x7f80);
}

TEST_CASE("dtype: identity: names and sizes", "[core]") {
  const std::pair<const char*, size_t> expected[] = {
      {"U64", 8}, {"I64", 8}, {"F64", 8},     {"F32", 4},     {"U32", 4}, {"I32", 4}, {"BF16", 2}, {"F16", 2},
      {"U16", 2}, {"I16", 2}, {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"I8", 1},  {"U8", 1},  {"BOOL", 1}};
  int i = 0;
  for (const auto& [name, size] : expected) {
    const auto dtype = DType(i++);
    CHECK(name_of(dtype) == name);
    CHECK(size_of(dtype) == size);
    CHECK(dtype_named(name) == dtype);
  }
  CHECK_FALSE(dtype_named("F8_E8M0"));
  CHECK_FALSE(dtype_named("f32"));
  CHECK_FALSE(dtype_named(""));
}

template <class T>
float widened(DType dtype, T value) {
  std::byte bytes[sizeof(T) + 1];  // one off, so that unaligned bytes are read
  std::memcpy(bytes + 1, &value, sizeof(T));
  float out = 0;
  to_float32(dtype, std::span(bytes).subspan(1), {&out, 1});
  return out;
}

TEST_CASE("dtype: value: to_float32 reads every type, unaligned", "[core]") {
  CHECK(widened<uint64_t>(DType::u64, 1ull << 63) == 0x1p63f);
  CHECK(widened<int64_t>(DType::i64, -5) == -5);
  CHECK(widened<double>(DType::f64, 0.1) == 0.1f);
  CHECK(widened<float>(DType::f32, 0.1f) == 0.1f);
  CHECK(widened<uint32_t>(DType::u32, 4'000'000'000u) == 4e9f);
  CHECK(widened<int32_t>(DType::i32, -7) == -7);
  CHECK(widened<uint16_t>(DType::bf16, 0xbf80) == -1);
  CHECK(widened<uint16_t>(DType::f16, 0x3800) == 0.5f);
  CHECK(widened<uint16_t>(DType::u16, 65535) == 65535);
  CHECK(widened<int16_t>(DType::i16, -300) == -300);
  CHECK(widened<int8_t>(DType::i8, -128) == -128);
  CHECK(widened<uint8_t>(DType::u8, 200) == 200);
  CHECK(widened<uint8_t>(DType::boolean, 1) == 1);
}

TEST_CASE("dtype: two ways: from_float32 then to_float32 of exact values", "[core]") {
  const std::vector<float> values{0.f, -1.5f, 0.25f, 96.f};
  for (const DType dtype : {DType::f64, DType::f32, DType::f16, DType::bf16}) {
    std::vector<std::byte> bytes(values.size() * size_of(dtype));
    from_float32(values, dtype, bytes);
    std::vector<float> back(values.size());
    to_float32(dtype, bytes, back);
    CHECK(back == values);
  }
}

TEST_CASE("dtype: refusal of wrong sizes and of integer targets", "[core]") {
  std::vector<std::byte> bytes(7);
  std::vector<float> values(2);
  CHECK(test::error_of([&] { to_float32(DType::f32, bytes, values); }).what() ==
        std::string("to_float32: 7 bytes for 2 elements of F32"));
  CHECK(test::error_of([&] { from_float32(values, DType::f16, bytes); }).kind() == ErrorKind::data);
  bytes.resize(8);
  CHECK(test::error_of([&] { from_float32(values, DType::i32, bytes); }).what() ==
        std::string("cannot store float32 values as I32"));
}

}  // namespace
}  // namespace athanor
