#include "similarity/sliced_wasserstein.h"

#include <algorithm>
#include <cmath>

#include "make.h"

namespace athanor::similarity {
namespace {

/// By the definition: quantile functions at the middle of each of n·m parts.
double plain_squared(const std::vector<double>& a, const std::vector<double>& b) {
  const size_t parts = a.size() * b.size();
  double sum = 0;
  for (size_t i = 0; i < parts; ++i) sum += std::pow(a[i / b.size()] - b[i / a.size()], 2);
  return sum / double(parts);
}
std::vector<double> sorted_normals(int64_t n, uint64_t index, double mean = 0) {
  const Rows rows = test::normal_rows(n, 1, index, mean);
  std::vector<double> values(rows.values.begin(), rows.values.end());
  std::ranges::sort(values);
  return values;
}
SlicedDistance distance(const Rows& a, const Rows& b, int64_t directions, int64_t threads = 1) {
  const std::vector<double> along = random_directions(directions, a.dimension, 7);
  return sliced_wasserstein(Projections(a, along, threads), Projections(b, along, threads), threads);
}

TEST_CASE("wasserstein: value: on a line, of unequal sizes", "[similarity]") {
  const std::vector<double> zero{0}, pair{-1, 3}, three{0, 1, 2};
  CHECK(wasserstein_squared(zero, pair) == 5);
  CHECK(wasserstein_squared(pair, zero) == 5);
  CHECK(wasserstein_squared(three, three) == 0);
  // Of the six parts, −1 meets 0, 0, 1 and 3 meets 1, 2, 2.
  CHECK(wasserstein_squared(pair, three) == Approx((1 + 1 + 4 + 4 + 1 + 1) / 6.0).epsilon(1e-15));
}

TEST_CASE("wasserstein: two ways: by merging steps and by the definition", "[similarity]") {
  for (const auto& [n, m] : {std::pair<int64_t, int64_t>{1, 9}, {6, 4}, {7, 5}, {30, 30}, {64, 48}}) {
    const std::vector<double> a = sorted_normals(n, 0), b = sorted_normals(m, 1, 0.5);
    CHECK(wasserstein_squared(a, b) == Approx(plain_squared(a, b)).epsilon(1e-13));
  }
}

TEST_CASE("wasserstein: two ways: numbers that count several times, and written so often", "[similarity]") {
  const std::vector<double> a{-2, -1, 0, 4}, b{0, 1, 5};
  const std::vector<int64_t> a_times{0, 3, 1, 0}, b_times{2, 0, 4};
  CHECK(wasserstein_squared(a, b, a_times, b_times) ==
        Approx(plain_squared({-1, -1, -1, 0}, {0, 0, 5, 5, 5, 5})).epsilon(1e-15));
}

TEST_CASE("sliced wasserstein: value: a shift of all rows, ‖shift‖²/d in expectation", "[similarity]") {
  const int64_t d = 8;
  const Rows a = test::normal_rows(50, d, 0);
  Rows b = a;
  for (float& v : b.values) v += 0.5f;
  // ⟨θ, shift⟩² has the mean ‖shift‖²/d = 0.25; four of the standard errors that are returned.
  const SlicedDistance found = distance(a, b, 2000);
  CHECK(found.value == Approx(0.5).margin(4 * found.error));
  CHECK(found.error < 0.02);
  CHECK(distance(a, a, 10).value == 0);
}

TEST_CASE("sliced wasserstein: law: of one dimension it is W₂ along every direction", "[similarity]") {
  const Rows a = test::normal_rows(40, 1, 0), b = test::normal_rows(56, 1, 1, 1);
  const SlicedDistance found = distance(a, b, 5);
  CHECK(found.value ==
        Approx(std::sqrt(wasserstein_squared(sorted_normals(40, 0), sorted_normals(56, 1, 1)))).epsilon(1e-12));
  CHECK(found.error <= 1e-12);
}

TEST_CASE("sliced wasserstein: law: the standard error is the spread over other directions", "[similarity]") {
  const Rows a = test::normal_rows(60, 5, 0), b = test::normal_rows(60, 5, 1, 0, 2);
  std::vector<double> values;
  double error = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const std::vector<double> along = random_directions(20, 5, seed);
    const SlicedDistance found = sliced_wasserstein(Projections(a, along), Projections(b, along));
    values.push_back(found.value);
    error += found.error / 200;
  }
  double mean = 0, squares = 0;
  for (const double v : values) mean += v / 200;
  for (const double v : values) squares += (v - mean) * (v - mean) / 199;
  CHECK(error == Approx(std::sqrt(squares)).epsilon(4 / std::sqrt(2 * 199.0)));
}

TEST_CASE("sliced wasserstein: identity: directions of unit length, each by its number; threads change nothing",
          "[similarity]") {
  const std::vector<double> few = random_directions(3, 11, 5), more = random_directions(6, 11, 5);
  CHECK(std::equal(few.begin(), few.end(), more.begin()));
  double squares = 0;
  for (size_t i = 11; i < 22; ++i) squares += few[i] * few[i];
  CHECK(squares == Approx(1).epsilon(1e-14));
  const Rows a = test::normal_rows(500, 11, 0), b = test::normal_rows(300, 11, 1);
  CHECK(distance(a, b, 40, 1).squares == distance(a, b, 40, 3).squares);
}

TEST_CASE("sliced wasserstein: two ways: drawn rows, and the rows written as often", "[similarity]") {
  const Rows a = test::normal_rows(5, 4, 0), b = test::normal_rows(7, 4, 1);
  const std::vector<int64_t> times{0, 2, 1, 0, 2};
  const std::vector<double> along = random_directions(9, 4, 0);
  const Projections other(b, along);
  const SlicedDistance weighted = sliced_wasserstein(Projections(a, along), other, 1, times);
  const SlicedDistance written =
      sliced_wasserstein(Projections(select(a, std::vector<int64_t>{1, 1, 2, 4, 4}), along), other);
  CHECK(weighted.value == Approx(written.value).epsilon(1e-14));
}

}  // namespace
}  // namespace athanor::similarity
