#include "similarity/kernel_mmd.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "make.h"

namespace athanor::similarity {
namespace {

using Kernel = std::function<double(std::span<const float>, std::span<const float>)>;

double dot(std::span<const float> x, std::span<const float> y) {
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) sum += double(x[i]) * double(y[i]);
  return sum;
}
Kernel polynomial(int64_t d) {
  return [d](auto x, auto y) { return std::pow(dot(x, y) / double(d) + 1, 3); };
}
Kernel gaussian(double h) {
  return [h](auto x, auto y) { return std::exp(-(dot(x, x) + dot(y, y) - 2 * dot(x, y)) / (2 * h * h)); };
}
double mean_of_pairs(const Rows& a, const Rows& b, const Kernel& k, bool within) {
  double sum = 0;
  for (int64_t i = 0; i < a.count(); ++i)
    for (int64_t j = 0; j < b.count(); ++j)
      if (!within || i != j) sum += k(a.row(i), b.row(j));
  return sum / (double(a.count()) * double(b.count() - (within ? 1 : 0)));
}
double plain(const Rows& x, const Rows& y, const Kernel& k) {
  return mean_of_pairs(x, x, k, true) + mean_of_pairs(y, y, k, true) - 2 * mean_of_pairs(x, y, k, false);
}
Rows without(const Rows& rows, int64_t left_out) {
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i < rows.count(); ++i)
    if (i != left_out) numbers.push_back(i);
  return select(rows, numbers);
}
double plain_jackknife(const Rows& x, const Rows& y, const Kernel& k) {
  double variance = 0;
  for (const bool first : {true, false}) {
    std::vector<double> values;
    const int64_t n = first ? x.count() : y.count();
    for (int64_t i = 0; i < n; ++i) values.push_back(first ? plain(without(x, i), y, k) : plain(x, without(y, i), k));
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / double(n);
    for (const double v : values) variance += (v - mean) * (v - mean) * double(n - 1) / double(n);
  }
  return std::sqrt(variance);
}

TEST_CASE("mmd: two ways: by tiles and by the definition, error included", "[similarity]") {
  const Rows x = test::normal_rows(23, 6, 0), y = test::normal_rows(17, 6, 1, 0.5, 1.5);
  const Mmd kid = polynomial_mmd(x, y), rbf = gaussian_mmd(x, y, 2.5);
  CHECK(kid.value == Approx(plain(x, y, polynomial(6))).epsilon(1e-11));
  CHECK(rbf.value == Approx(plain(x, y, gaussian(2.5))).epsilon(1e-11));
  CHECK(kid.error == Approx(plain_jackknife(x, y, polynomial(6))).epsilon(1e-10));
  CHECK(rbf.error == Approx(plain_jackknife(x, y, gaussian(2.5))).epsilon(1e-10));
}

TEST_CASE("mmd: two ways: more rows than a tile, and threads that change nothing", "[similarity]") {
  const Rows x = test::normal_rows(300, 3, 0), y = test::normal_rows(1100, 3, 1, 0.3);
  const Mmd one = polynomial_mmd(x, y, 1), three = polynomial_mmd(x, y, 3);
  CHECK(one.value == three.value);
  CHECK(one.error == three.error);
  CHECK(one.value == Approx(plain(x, y, polynomial(3))).epsilon(1e-10));
}

TEST_CASE("mmd: value: of normal distributions, with a Gaussian kernel", "[similarity]") {
  // E k over N(μ, s²) and N(ν, t²) on a line is h/√(h² + s² + t²)·exp(−(μ − ν)²/(2(h² + s² + t²))).
  const double h = 1.3;
  const auto expected = [&](double apart, double variance) {
    const double all = h * h + variance;
    return h / std::sqrt(all) * std::exp(-apart * apart / (2 * all));
  };
  const Mmd found = gaussian_mmd(test::normal_rows(2000, 1, 0), test::normal_rows(3000, 1, 1, 0.4, 1.5), h);
  CHECK(found.value == Approx(expected(0, 2) + expected(0, 4.5) - 2 * expected(0.4, 3.25)).margin(4 * found.error));
  CHECK(found.error < 0.01);
}

TEST_CASE("mmd: law: without bias, and with the error that it says", "[similarity]") {
  const auto spread = [](double mean, double& average, double& error) {
    std::vector<double> values;
    error = 0;
    for (uint64_t i = 0; i < 150; ++i) {
      const Mmd found = polynomial_mmd(test::normal_rows(60, 4, 2 * i), test::normal_rows(50, 4, 2 * i + 1, mean));
      values.push_back(found.value);
      error += found.error * found.error / 150;
    }
    error = std::sqrt(error);
    average = std::accumulate(values.begin(), values.end(), 0.0) / 150;
    double squares = 0;
    for (const double v : values) squares += (v - average) * (v - average) / 149;
    return std::sqrt(squares);
  };
  double average = 0, error = 0;
  const double equal = spread(0, average, error);
  CHECK(std::abs(average) < 4 * equal / std::sqrt(150.0));
  // Equal distributions: too large by √2 at most, but for what 150 values can tell.
  CHECK(error > equal * (1 - 4 / std::sqrt(300.0)));
  CHECK(error < equal * std::sqrt(2.0) * (1 + 4 / std::sqrt(300.0)));
  const double apart = spread(0.8, average, error);
  CHECK(error == Approx(apart).epsilon(4 / std::sqrt(300.0)));
}

TEST_CASE("mmd: value: the median distance", "[similarity]") {
  const Rows x{.dimension = 1, .values = {0, 1}}, y{.dimension = 1, .values = {3, 7}};
  // 1, 2, 3, 4, 6, 7: the upper of the two in the middle.
  CHECK(median_distance(x, y) == Approx(4).epsilon(1e-12));
  const Rows same{.dimension = 1, .values = {2, 2, 2}};
  CHECK_THROWS_WITH(median_distance(same, same), "mmd: more than half of all rows are equal: the median distance is 0");
}

TEST_CASE("mmd: law: subsets of all rows are the whole; their mean is near it", "[similarity]") {
  const Rows x = test::normal_rows(60, 4, 0), y = test::normal_rows(60, 4, 1, 0.5);
  const double whole = polynomial_mmd(x, y).value;
  const SubsetMmd all = subset_mmd(x, y, 3, 60, 0);
  CHECK(all.mean == Approx(whole).epsilon(1e-12));
  CHECK(all.deviation <= 1e-12 * whole);
  const SubsetMmd part = subset_mmd(x, y, 200, 20, 0);
  CHECK(part.mean == Approx(whole).margin(4 * part.deviation / std::sqrt(200.0)));
}

TEST_CASE("mmd: refusal", "[similarity]") {
  const Rows two = test::normal_rows(2, 4, 0), ten = test::normal_rows(10, 4, 1), other = test::normal_rows(10, 5, 1);
  CHECK_THROWS_WITH(polynomial_mmd(two, ten), "kid: needs at least 3 rows of each set, got 2 and 10");
  CHECK_THROWS_WITH(gaussian_mmd(ten, other, 1), "mmd: rows of 4 numbers against rows of 5");
  CHECK_THROWS_WITH(gaussian_mmd(ten, ten, 0), "mmd: the bandwidth is 0");
  CHECK_THROWS_WITH(subset_mmd(ten, ten, 2, 11, 0), "kid-subsets: needs at least 11 rows of each set, got 10 and 10");
}

}  // namespace
}  // namespace athanor::similarity
