#include "array/convert.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "support/files.h"

namespace athanor::array {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

using Bytes = std::vector<std::byte>;

template <class T>
Bytes bytes_of(const std::vector<T>& values) {
  Bytes bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}
template <class T>
std::vector<T> values_of(const Bytes& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

Bytes converted(DType from, const Bytes& in, DType to, Overflow overflow = Overflow::refuse, uint64_t first = 0) {
  Bytes out(in.size() / size_of(from) * size_of(to));
  cast(from, in, to, out, overflow, first);
  return out;
}
/// Numbers as `dtype`, from float64.
Bytes make(DType dtype, const std::vector<double>& values) { return converted(DType::f64, bytes_of(values), dtype); }
std::vector<double> numbers(DType dtype, const Bytes& bytes) {
  return values_of<double>(converted(dtype, bytes, DType::f64));
}
std::vector<DType> all_types() {
  std::vector<DType> types;
  for (int i = 0; i <= int(DType::boolean); ++i) types.push_back(DType(i));
  return types;
}
std::string refusal(DType from, const Bytes& in, DType to, Overflow overflow = Overflow::refuse, uint64_t first = 0) {
  const Error error = test::error_of([&] { converted(from, in, to, overflow, first); });
  CHECK(error.kind() == ErrorKind::data);
  return error.what();
}

template <class T>
float widened(DType dtype, T value) {
  std::byte bytes[sizeof(T) + 1];  // one off, so that unaligned bytes are read
  std::memcpy(bytes + 1, &value, sizeof(T));
  float out = 0;
  to_float32(dtype, std::span(bytes).subspan(1), {&out, 1});
  return out;
}

TEST_CASE("convert: value: to_float32 reads every type, unaligned", "[array]") {
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
  CHECK(widened<uint8_t>(DType::f8_e4m3, 0x7e) == 448);
  CHECK(widened<uint8_t>(DType::f8_e5m2, 0x7b) == 57344);
  CHECK(widened<int8_t>(DType::i8, -128) == -128);
  CHECK(widened<uint8_t>(DType::u8, 200) == 200);
  CHECK(widened<uint8_t>(DType::boolean, 2) == 1);
}

TEST_CASE("convert: two ways: from_float32 then to_float32 of exact values", "[array]") {
  const std::vector<float> values{0.f, -1.5f, 0.25f, 96.f};
  for (const DType dtype : all_types()) {
    if (!is_floating_point(dtype)) continue;
    Bytes bytes(values.size() * size_of(dtype));
    from_float32(values, dtype, bytes);
    std::vector<float> back(values.size());
    to_float32(dtype, bytes, back);
    CHECK(back == values);
  }
}

TEST_CASE("convert: refusal of wrong sizes and of integer targets of from_float32", "[array]") {
  Bytes bytes(7), four(4);
  std::vector<float> values(2);
  CHECK(test::error_of([&] { to_float32(DType::f32, bytes, values); }).what() ==
        std::string("to_float32: 7 bytes for 2 elements of F32"));
  CHECK(test::error_of([&] { from_float32(values, DType::f16, bytes); }).kind() == ErrorKind::data);
  CHECK(test::error_of([&] { cast(DType::f32, bytes, DType::f16, four, Overflow::refuse); }).what() ==
        std::string("cast: 7 bytes of float32 into 4 bytes of float16"));
  CHECK(test::error_of([&] { cast(DType::u8, bytes, DType::f16, four, Overflow::refuse); }).kind() == ErrorKind::data);
  bytes.resize(8);
  CHECK(test::error_of([&] { from_float32(values, DType::i32, bytes); }).what() ==
        std::string("cannot store float32 values as I32"));
}

TEST_CASE("convert: identity: 0 and 1 in every pair of types, over more than one block", "[array]") {
  std::vector<double> values(5000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = double(i * i % 7 % 2);
  for (const DType from : all_types())
    for (const DType to : all_types()) {
      INFO(to_text(from) << " to " << to_text(to));
      CHECK(numbers(to, converted(from, make(from, values), to)) == values);
    }
}

TEST_CASE("convert: identity: small whole numbers in every pair of numeric types", "[array]") {
  const std::vector<double> whole{0, 1, 2, 3, 8, 15, 96, 112}, both{0, 1, -1, -2, 15, -96};
  for (const DType from : all_types())
    for (const DType to : all_types()) {
      if (from == DType::boolean || to == DType::boolean) continue;
      INFO(to_text(from) << " to " << to_text(to));
      if (from != DType::f8_e5m2 && to != DType::f8_e5m2)
        CHECK(numbers(to, converted(from, make(from, whole), to)) == whole);
      const bool is_unsigned = name_of(from)[0] == 'U' || name_of(to)[0] == 'U';
      if (!is_unsigned && from != DType::f8_e5m2 && to != DType::f8_e5m2)
        CHECK(numbers(to, converted(from, make(from, both), to)) == both);
    }
}

TEST_CASE("convert: limit: the extremes of 64-bit integers are exact", "[array]") {
  const int64_t low = std::numeric_limits<int64_t>::min(), high = std::numeric_limits<int64_t>::max();
  const Bytes i64 = bytes_of<int64_t>({low, low + 1, high, high - 1, (1ll << 53) + 1});
  const std::vector<int64_t> positive{0, high, high - 1, (1ll << 53) + 1};
  CHECK(values_of<int64_t>(converted(DType::u64, converted(DType::i64, bytes_of(positive), DType::u64), DType::i64)) ==
        positive);
  CHECK(values_of<uint64_t>(converted(DType::i64, i64, DType::u64, Overflow::saturate)) ==
        std::vector<uint64_t>{0, 0, uint64_t(high), uint64_t(high - 1), (1ull << 53) + 1});
  const Bytes u64 = bytes_of<uint64_t>({0, uint64_t(high), uint64_t(high) + 1, ~0ull});
  CHECK(values_of<int64_t>(converted(DType::u64, u64, DType::i64, Overflow::saturate)) ==
        std::vector<int64_t>{0, high, high, high});
  CHECK(refusal(DType::u64, u64, DType::i64) ==
        "element 2 is 9223372036854775808, more than the 9223372036854775807 that int64 holds; "
        "--saturate stores that instead");
  CHECK(refusal(DType::i64, i64, DType::u64) ==
        "element 0 is -9223372036854775808, less than the 0 that uint64 holds; --saturate stores that instead");
}

TEST_CASE("convert: limit: float64 at the bounds of integers", "[array]") {
  const std::vector<double> inside{-0x1p63, 0x1.fffffffffffffp62, -0.9, 0.9};
  CHECK(values_of<int64_t>(converted(DType::f64, bytes_of(inside), DType::i64)) ==
        std::vector<int64_t>{std::numeric_limits<int64_t>::min(), 0x7ffffffffffffc00, 0, 0});
  CHECK(values_of<uint64_t>(converted(DType::f64, bytes_of<double>({0x1.fffffffffffffp63, -0.999}), DType::u64)) ==
        std::vector<uint64_t>{0xfffffffffffff800, 0});
  CHECK(values_of<int8_t>(converted(DType::f64, bytes_of<double>({-128.999, 127.999, -1.5, 1.5}), DType::i8)) ==
        std::vector<int8_t>{-128, 127, -1, 1});
  const auto saturated = [](double value, DType to) {
    return converted(DType::f64, bytes_of<double>({value}), to, Overflow::saturate);
  };
  CHECK(values_of<int64_t>(saturated(0x1p63, DType::i64))[0] == std::numeric_limits<int64_t>::max());
  CHECK(values_of<int64_t>(saturated(-infinity, DType::i64))[0] == std::numeric_limits<int64_t>::min());
  CHECK(values_of<int64_t>(saturated(-0x1.0000000000001p63, DType::i64))[0] == std::numeric_limits<int64_t>::min());
  CHECK(values_of<uint64_t>(saturated(0x1p64, DType::u64))[0] == std::numeric_limits<uint64_t>::max());
  CHECK(values_of<uint64_t>(saturated(-1, DType::u64))[0] == 0);
  CHECK(values_of<uint32_t>(saturated(4294967296.0, DType::u32))[0] == 4294967295u);
  CHECK(values_of<int32_t>(saturated(-2147483649.0, DType::i32))[0] == std::numeric_limits<int32_t>::min());
  for (const double value : {0x1p63, -0x1.0000000000001p63, infinity})
    CHECK(refusal(DType::f64, bytes_of<double>({value}), DType::i64).find("int64") != std::string::npos);
  CHECK(refusal(DType::f64, bytes_of<double>({-1}), DType::u8) ==
        "element 0 is -1, less than the 0 that uint8 holds; --saturate stores that instead");
}

TEST_CASE("convert: limit: the last float64 that rounds into a floating-point type, and the next", "[array]") {
  struct Edge {
    DType to;
    double largest, beyond;
  };
  for (const Edge& edge : {Edge{DType::f32, 0x1.fffffep127, 0x1.ffffffp127}, Edge{DType::bf16, 0x1.fep127, 0x1.ffp127},
                           Edge{DType::f16, 65504, 65520}, Edge{DType::f8_e5m2, 57344, 61440},
                           Edge{DType::f8_e4m3, 448, std::nextafter(464.0, 500.0)}})
    for (const double sign : {1.0, -1.0}) {
      const Bytes in = bytes_of<double>({sign * std::nextafter(edge.beyond, 0.0)});
      const Bytes out = bytes_of<double>({sign * edge.beyond, sign * 1e300});
      INFO(to_text(edge.to) << ' ' << sign);
      CHECK(numbers(edge.to, converted(DType::f64, in, edge.to)) == std::vector{sign * edge.largest});
      CHECK(refusal(DType::f64, out, edge.to).find("element 0 is ") == 0);
      CHECK(numbers(edge.to, converted(DType::f64, out, edge.to, Overflow::saturate)) ==
            std::vector{sign * edge.largest, sign * edge.largest});
    }
}

TEST_CASE("convert: law: 64-bit integers and float64 are rounded once", "[array]") {
  // 1 + 2⁻¹¹ is a tie of float16; what is added vanishes in float32.
  CHECK(values_of<uint16_t>(make(DType::f16, {1 + 0x1p-11, 1 + 0x1p-11 + 0x1p-50, 1 + 0x3p-11 - 0x1p-50})) ==
        std::vector<uint16_t>{0x3c00, 0x3c01, 0x3c01});
  // 2⁶² + 2⁵⁴ is a tie of bfloat16; the 1 that is added vanishes in float64.
  const int64_t tie = (1ll << 62) + (1ll << 54);
  CHECK(values_of<uint16_t>(converted(DType::i64, bytes_of<int64_t>({tie - 1, tie, tie + 1, -tie - 1}), DType::bf16)) ==
        std::vector<uint16_t>{0x5e80, 0x5e80, 0x5e81, 0xde81});
  CHECK(values_of<float>(converted(DType::u64, bytes_of<uint64_t>({(1ull << 63) + (1ull << 39) + 1}), DType::f32))[0] ==
        0x1.000002p63f);
  CHECK(values_of<double>(converted(DType::u64, bytes_of<uint64_t>({(1ull << 53) + 1, ~0ull}), DType::f64)) ==
        std::vector<double>{0x1p53, 0x1p64});
}

TEST_CASE("convert: limit: infinities and NaN are kept where the type has them", "[array]") {
  for (const DType to : {DType::f32, DType::bf16, DType::f16, DType::f8_e5m2})
    for (const DType from : {DType::f64, DType::f32}) {
      const std::vector<double> back = numbers(to, converted(from, make(from, {infinity, -infinity, nan, 2}), to));
      CHECK(back[0] == infinity);
      CHECK(back[1] == -infinity);
      CHECK(std::isnan(back[2]));
      CHECK(back[3] == 2);
    }
  const Bytes in = make(DType::f32, {nan, infinity, -infinity, 1});
  CHECK(refusal(DType::f32, in, DType::f8_e4m3) ==
        "element 1 is inf, more than the 448 that float8_e4m3fn holds; --saturate stores that instead");
  const std::vector<double> saturated =
      numbers(DType::f8_e4m3, converted(DType::f32, in, DType::f8_e4m3, Overflow::saturate));
  CHECK(std::isnan(saturated[0]));
  CHECK(std::vector(saturated.begin() + 1, saturated.end()) == std::vector<double>{448, -448, 1});
  CHECK(values_of<uint8_t>(make(DType::boolean, {nan, infinity, 0, -0.0, 1e-320})) ==
        std::vector<uint8_t>{1, 1, 0, 0, 1});
}

TEST_CASE("convert: refusal names the first element that does not fit, of any block", "[array]") {
  std::vector<float> values(3000, 1.f);
  values[2017] = 70000;
  values[2018] = -1e10f;
  CHECK(refusal(DType::f32, bytes_of(values), DType::f16) ==
        "element 2017 is 70000, more than the 65504 that float16 holds; --saturate stores that instead");
  CHECK(refusal(DType::f32, bytes_of(values), DType::f16, Overflow::refuse, 1ull << 40)
            .find("element 1099511629793 is 70000,") == 0);
  CHECK(refusal(DType::f32, bytes_of(values), DType::u8) ==
        "element 2017 is 70000, more than the 255 that uint8 holds; --saturate stores that instead");
  const std::vector<double> saturated =
      numbers(DType::f16, converted(DType::f32, bytes_of(values), DType::f16, Overflow::saturate));
  for (size_t i = 0; i < values.size(); ++i) REQUIRE(saturated[i] == (i == 2017 ? 65504 : i == 2018 ? -65504 : 1));
}

TEST_CASE("convert: refusal of NaN as an integer, saturated or not", "[array]") {
  for (const DType to : all_types()) {
    if (!is_integer(to)) continue;
    for (const Overflow overflow : {Overflow::refuse, Overflow::saturate})
      for (const DType from : {DType::f64, DType::f16, DType::f8_e4m3})
        CHECK(refusal(from, make(from, {1, nan}), to, overflow) ==
              "element 1 is NaN, which " + to_text(to) + " has not");
  }
}

TEST_CASE("convert: value: unaligned bytes, and no elements at all", "[array]") {
  Bytes in(1 + 3 * 4), out(1 + 3 * 2);
  const float values[] = {1, 2, -3};
  std::memcpy(in.data() + 1, values, sizeof values);
  cast(DType::f32, std::span(in).subspan(1), DType::f16, std::span(out).subspan(1), Overflow::refuse);
  CHECK(numbers(DType::f16, Bytes(out.begin() + 1, out.end())) == std::vector<double>{1, 2, -3});
  for (const DType from : all_types())
    for (const DType to : all_types()) CHECK(converted(from, {}, to).empty());
}

}  // namespace
}  // namespace athanor::array
