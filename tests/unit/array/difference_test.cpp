#include "array/difference.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "array/convert.h"
#include "support/files.h"

namespace athanor::array {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

template <class A, class B>
Difference between(DType a_type, const std::vector<A>& a, DType b_type, const std::vector<B>& b,
                   const Tolerance& tolerance = {}, uint64_t first = 0) {
  Difference difference;
  difference.add(a_type, std::as_bytes(std::span(a)), b_type, std::as_bytes(std::span(b)), tolerance, first);
  return difference;
}
Difference between(const std::vector<double>& a, const std::vector<double>& b, const Tolerance& tolerance = {}) {
  return between(DType::f64, a, DType::f64, b, tolerance);
}
uint64_t total(const Difference& difference) {
  uint64_t sum = 0;
  for (const uint64_t count : difference.ulps) sum += count;
  return sum;
}

TEST_CASE("difference: identity: equal arrays of every type, NaN and infinities among them", "[array]") {
  for (int i = 0; i <= int(DType::boolean); ++i) {
    const auto dtype = DType(i);
    std::vector<std::byte> bytes(4096 * size_of(dtype));
    for (size_t k = 0; k < bytes.size(); ++k) bytes[k] = std::byte(k * 2654435761 >> 11);
    if (dtype == DType::boolean)
      for (std::byte& b : bytes) b &= std::byte(1);
    const Difference d = between(dtype, bytes, dtype, bytes);
    INFO(to_text(dtype));
    CHECK(d.count == 4096);
    CHECK(d.different + d.beyond + d.unordered == 0);
    CHECK(d.absolute.value == 0);
    CHECK(d.relative.value == 0);
    CHECK(d.ulps[0] == 4096);
    CHECK(d.relative_rms() == 0);
  }
}

TEST_CASE("difference: value: counts, the largest and where it is first", "[array]") {
  std::vector<double> a(3000, 1), b(3000, 1);
  b[1500] = 4;                 // 3 apart
  a[2000] = 6, b[2000] = 3;    // 3 apart again, a whole of b
  a[2999] = 0.5, b[2999] = 0;  // no relative difference
  const Difference d = between(DType::f64, a, DType::f64, b, {.absolute = 1, .relative = 0}, 1000);
  CHECK(d.count == 3000);
  CHECK(d.different == 3);
  CHECK(d.beyond == 2);
  CHECK(d.absolute.value == 3);
  CHECK(d.absolute.index == 2500);
  CHECK(d.absolute.a == 1);
  CHECK(d.absolute.b == 4);
  CHECK(d.relative.value == 1);
  CHECK(d.relative.index == 3000);
  CHECK(d.squares.value() == 18.25);
  CHECK(d.reference.value() == 2997 + 16 + 9);
  CHECK(d.relative_rms() == std::sqrt(18.25 / 3022));
}

TEST_CASE("difference: value: the tolerance is numpy.allclose's", "[array]") {
  const auto beyond = [](double a, double b, double absolute, double relative) {
    return between({a}, {b}, {absolute, relative}).beyond;
  };
  CHECK(beyond(1.5, 1, 0.5, 0) == 0);
  CHECK(beyond(1.5, 1, 0.49, 0) == 1);
  CHECK(beyond(1.5, -1, 0, 2.5) == 0);
  CHECK(beyond(3, 2, 0, 0.5) == 0);
  CHECK(beyond(2, 3, 0, 1 / 3.1) == 1);  // relative to b, not to a
  CHECK(beyond(2, 1, 0.5, 0.5) == 0);
  CHECK(beyond(infinity, infinity, 0, 0) == 0);
  CHECK(beyond(infinity, 1e308, 1e308, 1) == 1);
  CHECK(beyond(1, infinity, 0, 1) == 1);
  CHECK(beyond(infinity, -infinity, 0, 1) == 1);
  CHECK(beyond(nan, nan, 0, 0) == 0);
  CHECK(beyond(nan, 0, 1, 1) == 1);
}

TEST_CASE("difference: limit: signed zeros, infinities and NaN", "[array]") {
  const Difference d = between({0, -0.0, infinity, infinity, nan, nan, 2, -infinity, 5},
                               {-0.0, 0, infinity, -infinity, nan, 1, nan, -infinity, 4});
  CHECK(d.different == 4);
  CHECK(d.beyond == 4);
  CHECK(d.unordered == 2);
  CHECK(d.absolute.value == infinity);
  CHECK(d.absolute.index == 3);
  CHECK(d.absolute.b == -infinity);
  CHECK(d.relative.value == 0.25);
  CHECK(d.relative.index == 8);
  CHECK(d.squares.value() == 1);
  CHECK(d.reference.value() == 16);
  CHECK(total(d) == 7);
  CHECK(d.ulps[0] == 5);
}

/// The bin that one pair falls into.
template <class T>
size_t bin(DType dtype, T a, T b) {
  const Difference there = between(dtype, std::vector{a}, dtype, std::vector{b});
  const Difference back = between(dtype, std::vector{b}, dtype, std::vector{a});
  CHECK(there.ulps == back.ulps);
  CHECK(total(there) == 1);
  for (size_t i = 0; i < there.ulps.size(); ++i)
    if (there.ulps[i] == 1) return i;
  return 99;
}

TEST_CASE("difference: law: numbers n steps apart in any floating type, from one sign to the other", "[array]") {
  const std::pair<uint32_t, size_t> steps[] = {{0, 0}, {1, 1}, {2, 2}, {3, 3}, {4, 3}, {5, 4}, {8, 4}, {9, 5}, {16, 5}};
  for (const auto& [n, expected] : steps) {
    const auto k = n;
    CHECK(bin<uint8_t>(DType::f8_e4m3, 0x30, uint8_t(0x30 + k)) == expected);
    CHECK(bin<uint8_t>(DType::f8_e5m2, 0xa0, uint8_t(0xa0 + k)) == expected);
    CHECK(bin<uint16_t>(DType::f16, 0x3bff, uint16_t(0x3bff + k)) == expected);
    CHECK(bin<uint16_t>(DType::bf16, 0xbfff, uint16_t(0xbfff + k)) == expected);
    CHECK(bin<uint32_t>(DType::f32, 0x3f7fffff, 0x3f7fffff + k) == expected);
    CHECK(bin<uint64_t>(DType::f64, 0x3fefffffffffffff, 0x3fefffffffffffff + k) == expected);
    CHECK(bin<int8_t>(DType::i8, -3, int8_t(int(k) - 3)) == expected);
    CHECK(bin<uint32_t>(DType::u32, 0, k) == expected);
    if (k > 0) {  // -1 step below zero, the others above
      CHECK(bin<uint16_t>(DType::f16, 0x8001, uint16_t(k - 1)) == expected);
      CHECK(bin<uint32_t>(DType::f32, 0x80000001, k - 1) == expected);
    }
  }
}

TEST_CASE("difference: limit: the bins reach the farthest codes", "[array]") {
  CHECK(bin<uint64_t>(DType::u64, 0, ~0ull) == 65);
  CHECK(bin<uint64_t>(DType::u64, 0, 1ull << 63) == 64);
  CHECK(bin<uint64_t>(DType::u64, 0, (1ull << 63) + 1) == 65);
  CHECK(bin<int64_t>(DType::i64, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()) == 65);
  CHECK(bin(DType::f64, -infinity, infinity) == 65);  // 2·0x7ff0…0 steps
  CHECK(bin(DType::f64, std::numeric_limits<double>::max(), infinity) == 1);
}

TEST_CASE("difference: value: 64-bit integers are compared exactly, also with floats", "[array]") {
  const int64_t big = (1ll << 53) + 1;
  const Difference same =
      between(DType::i64, std::vector{big, -big}, DType::u64, std::vector<uint64_t>{uint64_t(big), 0});
  CHECK(same.different == 1);
  CHECK(same.absolute.value == 0x1p53);
  CHECK(total(same) == 0);
  const Difference mixed = between(DType::i64, std::vector{big}, DType::f64, std::vector{0x1p53});
  CHECK(mixed.different == 1);
  CHECK(mixed.absolute.value == 1);
  const Difference ends = between(DType::u64, std::vector{~0ull, ~0ull}, DType::u64, std::vector{~0ull - 1, ~0ull});
  CHECK(ends.different == 1);
  CHECK(ends.absolute.value == 1);
  CHECK(ends.ulps[1] == 1);
}

TEST_CASE("difference: two ways: arrays of two types as float64 of both", "[array]") {
  std::vector<float> exact(2500);
  for (size_t i = 0; i < exact.size(); ++i) exact[i] = float(std::sin(double(i)) * std::pow(10.0, double(i % 9)) / 1e6);
  std::vector<std::byte> half(exact.size() * 2);
  from_float32(exact, DType::bf16, half);
  const Difference d = between(DType::bf16, half, DType::f32, exact, {.absolute = 0, .relative = 0x1p-9});
  double largest = 0, squares = 0;
  std::vector<float> rounded(exact.size());
  to_float32(DType::bf16, half, rounded);
  for (size_t i = 0; i < exact.size(); ++i) {
    const double apart = std::abs(double(rounded[i]) - double(exact[i]));
    largest = std::max(largest, apart);
    squares += apart * apart;
  }
  CHECK(d.absolute.value == largest);
  CHECK(d.squares.value() == Approx(squares).epsilon(1e-13));
  CHECK(d.relative.value <= 0x1p-8);  // half a step of bfloat16
  CHECK(d.beyond > 0);
  CHECK(total(d) == 0);
}

TEST_CASE("difference: law: parts merge into the whole, in any order", "[array]") {
  std::vector<double> a(5000), b(5000);
  for (size_t i = 0; i < a.size(); ++i) {
    a[i] = double(i % 97);
    b[i] = double(i % 89);
  }
  const Difference whole = between(a, b, {.absolute = 10, .relative = 0});
  const auto part = [&](size_t from, size_t to) {
    return between(DType::f64, std::vector(a.begin() + int64_t(from), a.begin() + int64_t(to)), DType::f64,
                   std::vector(b.begin() + int64_t(from), b.begin() + int64_t(to)), {.absolute = 10, .relative = 0},
                   from);
  };
  Difference parts = part(3000, 5000);
  parts.merge(part(0, 1777));
  parts.merge(part(1777, 3000));
  parts.merge(Difference{});
  CHECK(parts.count == whole.count);
  CHECK(parts.different == whole.different);
  CHECK(parts.beyond == whole.beyond);
  CHECK(parts.ulps == whole.ulps);
  CHECK(parts.absolute.value == whole.absolute.value);
  CHECK(parts.absolute.index == whole.absolute.index);
  CHECK(parts.relative.index == whole.relative.index);
  CHECK(parts.squares.value() == whole.squares.value());  // whole numbers: exact
}

TEST_CASE("difference: refusal of arrays of unequal sizes", "[array]") {
  CHECK(test::error_of([&] {
          between(DType::f32, std::vector<float>(2), DType::f64, std::vector<double>(3));
        }).what() == std::string("difference: 8 bytes of float32 and 24 bytes of float64"));
}

}  // namespace
}  // namespace athanor::array
