#include "array/statistics.h"

#include <cmath>
#include <cstring>
#include <vector>

#include "array/convert.h"
#include "support/files.h"

namespace athanor::array {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

template <class T>
Statistics of(DType dtype, const std::vector<T>& values) {
  Statistics statistics;
  statistics.add(dtype, std::as_bytes(std::span(values)));
  return statistics;
}
/// Values of many magnitudes and both signs about `mean`, by a fixed rule.
std::vector<double> spread(size_t n, double mean, double scale) {
  std::vector<double> values(n);
  uint64_t state = 1;
  for (double& v : values) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    v = mean + scale * std::ldexp(double(int64_t(state)), -63 - int(state >> 33) % 20);
  }
  return values;
}
template <class T>
void check_accuracy(const Statistics& s, const std::vector<T>& values) {
  long double sum = 0, absolute = 0, squares = 0, about = 0;
  for (const T v : values) {
    sum += v;
    absolute += std::abs((long double)v);
    squares += (long double)v * v;
  }
  const auto n = (long double)values.size(), mean = sum / n;
  for (const T v : values) about += (v - mean) * (v - mean);
  const long double rms = std::sqrt(squares / n);
  CHECK(std::abs(s.sum() - sum) <= 0x1p-46L * absolute);
  CHECK(std::abs(s.rms() - rms) <= 0x1p-44L * rms);
  CHECK(std::abs(s.deviation() - std::sqrt(about / n)) <= 0x1p-44L * rms);
}

TEST_CASE("statistics: value: a few numbers in every type", "[array]") {
  for (int i = 0; i < int(DType::boolean); ++i) {
    const auto dtype = DType(i);
    const std::vector<double> numbers{0, 2, 4, 0, 14};
    std::vector<std::byte> bytes(numbers.size() * size_of(dtype));
    cast(DType::f64, std::as_bytes(std::span(numbers)), dtype, bytes, Overflow::refuse);
    Statistics s;
    s.add(dtype, bytes);
    INFO(to_text(dtype));
    CHECK(s.count == 5);
    CHECK(s.zeros == 2);
    CHECK(s.min == 0);
    CHECK(s.max == 14);
    CHECK(s.sum() == 20);
    CHECK(s.mean() == 4);
    CHECK(s.deviation() == Approx(std::sqrt(136 / 5.0)).epsilon(1e-15));
    CHECK(s.rms() == Approx(std::sqrt(216 / 5.0)).epsilon(1e-15));
  }
  const Statistics truth = of<uint8_t>(DType::boolean, {1, 0, 1, 1});
  CHECK(truth.mean() == 0.75);
  CHECK(truth.zeros == 1);
}

TEST_CASE("statistics: limit: infinities and NaN are counted and left out", "[array]") {
  std::vector<float> values(5000, 1.5f);
  values[0] = float(infinity);
  values[1023] = float(nan);
  values[1024] = -float(infinity);
  values[4999] = -0.f;
  values[2000] = -7;
  const Statistics s = of(DType::f32, values);
  CHECK(s.count == 5000);
  CHECK(s.infinities == 2);
  CHECK(s.nans == 1);
  CHECK(s.zeros == 1);
  CHECK(s.finite() == 4997);
  CHECK(s.min == -7);
  CHECK(s.max == 1.5);
  CHECK(s.sum() == 4995 * 1.5 - 7);
}

TEST_CASE("statistics: limit: no finite values", "[array]") {
  for (const Statistics& s : {Statistics{}, of<double>(DType::f64, {nan, infinity}), of<float>(DType::f32, {})}) {
    CHECK(s.finite() == 0);
    CHECK(std::isnan(s.min));
    CHECK(std::isnan(s.max));
    CHECK(s.sum() == 0);
    CHECK(std::isnan(s.mean()));
    CHECK(std::isnan(s.rms()));
    CHECK(std::isnan(s.deviation()));
  }
}

TEST_CASE("statistics: limit: extremes of every float and of integers", "[array]") {
  const Statistics f = of<float>(DType::f32, {3e38f, -1e-45f, 1e-45f, -3e38f});
  CHECK(f.min == double(-3e38f));
  CHECK(f.max == double(3e38f));
  const Statistics d = of<double>(DType::f64, {-1e-320, -2e-320});
  CHECK(d.min == -2e-320);
  CHECK(d.max == -1e-320);
  const Statistics i = of<int64_t>(DType::i64, {std::numeric_limits<int64_t>::min(), -1});
  CHECK(i.min == -0x1p63);
  CHECK(i.max == -1);
  CHECK(of<uint64_t>(DType::u64, {~0ull}).max == 0x1p64);
}

TEST_CASE("statistics: law: sum, rms and deviation within their bounds of sums in more digits", "[array]") {
  for (const size_t n : {1, 15, 16, 17, 1023, 1024, 1025, 100'003}) {
    const std::vector<double> wide = spread(n, 0, 1e6), offset = spread(n, 1e9, 1);
    check_accuracy(of(DType::f64, wide), wide);
    check_accuracy(of(DType::f64, offset), offset);
    const std::vector<float> narrow(wide.begin(), wide.end());
    check_accuracy(of(DType::f32, narrow), narrow);
  }
}

TEST_CASE("statistics: value: a spread far below the mean", "[array]") {
  std::vector<double> values;
  for (int i = 0; i < 10'000; ++i) values.push_back(0x1p30 + i % 2);  // deviation ½
  CHECK(of(DType::f64, values).deviation() == Approx(0.5).epsilon(1e-12));
  CHECK(of(DType::f64, std::vector<double>(10'000, 0.1)).deviation() <= 0x1p-44 * 0.1);
}

TEST_CASE("statistics: two ways: exact sums of integers", "[array]") {
  std::vector<int32_t> values;
  int64_t sum = 0;
  for (int64_t i = 0; i < 20'000; ++i) {
    values.push_back(int32_t(i * i * 2654435761 % 4294967296 - 2147483648));
    sum += values.back();
  }
  CHECK(of(DType::i32, values).sum() == double(sum));
}

TEST_CASE("statistics: law: parts merge into the whole", "[array]") {
  const std::vector<double> values = spread(10'000, 3, 1e3);
  const Statistics whole = of(DType::f64, values);
  for (const size_t cut : {size_t(0), size_t(1), size_t(2048), size_t(5001), values.size()}) {
    Statistics parts = of(DType::f64, std::vector(values.begin(), values.begin() + int64_t(cut)));
    parts.merge(of(DType::f64, std::vector(values.begin() + int64_t(cut), values.end())));
    CHECK(parts.count == whole.count);
    CHECK(parts.min == whole.min);
    CHECK(parts.max == whole.max);
    check_accuracy(parts, values);
  }
}

TEST_CASE("statistics: refusal of half an element", "[array]") {
  const std::vector<std::byte> bytes(6);
  CHECK(test::error_of([&] { Statistics{}.add(DType::f32, bytes); }).what() ==
        std::string("statistics: 6 bytes of float32"));
}

}  // namespace
}  // namespace athanor::array
