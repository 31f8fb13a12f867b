#include "cosine/quantiles.h"

#include <algorithm>
#include <cmath>

#include "support/files.h"

namespace athanor::cosine {
namespace {

TEST_CASE("quantiles: two ways: against sorting, with the line between neighbours", "[cosine]") {
  Quantiles quantiles;
  std::vector<double> numbers;
  for (int i = 0; i < 10'007; ++i) {
    numbers.push_back(i % 50 == 0 ? -0.25 : std::sin(i * 1.7) * std::pow(10.0, -(i % 9)));
    quantiles.add(numbers.back());
  }
  std::ranges::sort(numbers);
  for (const double p : {0.0, 0.05, 0.123, 0.5, 0.999, 1.0}) {
    const double place = p * double(numbers.size() - 1);
    const auto low = size_t(place);
    const double part = place - double(low);
    const double want = part == 0 ? numbers[low] : numbers[low] + (numbers[low + 1] - numbers[low]) * part;
    CHECK(quantiles.of(p) == want);
  }
}

TEST_CASE("quantiles: value: a histogram from the least to the greatest", "[cosine]") {
  Quantiles quantiles;
  for (const double number : {-1.0, -0.9, 0.0, 0.1, 1.0}) quantiles.add(number);
  const Quantiles::Histogram found = quantiles.histogram(4);
  CHECK(found.counts == std::vector<uint64_t>{2, 0, 2, 1});
  CHECK(found.low == -1);
  CHECK(found.high == 1);
}

TEST_CASE("quantiles: limit: of one number, and of none", "[cosine]") {
  Quantiles one, none;
  one.add(-3);
  CHECK(one.of(0.5) == -3);
  CHECK(std::isnan(none.of(0.5)));
}

}  // namespace
}  // namespace athanor::cosine
