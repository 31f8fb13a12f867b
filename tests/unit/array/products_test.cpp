#include "array/products.h"

#include <cmath>
#include <limits>
#include <vector>

#include "support/files.h"

namespace athanor::array {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

Products of(std::vector<double> x, std::vector<double> y) {
  Products products;
  products.add(x, y);
  return products;
}

/// Numbers of many magnitudes and both signs about `mean`, by a fixed rule.
std::vector<double> spread(size_t n, uint64_t state, double mean) {
  std::vector<double> values(n);
  for (double& v : values) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    v = mean + std::ldexp(double(int64_t(state)), -63 - int(state >> 33) % 8);
  }
  return values;
}

TEST_CASE("products: value: Su's examples", "[array]") {
  const Products p = of({1, 1}, {1, 2});
  CHECK(p.cosine() == Approx(3 / std::sqrt(10)).epsilon(1e-15));
  CHECK(p.deficit() == Approx(1 - 3 / std::sqrt(10)).epsilon(1e-14));
  CHECK(p.same_sign == 2);
  CHECK(of({1, 2, 0}, {-1, 1, 3}).opposite_sign == 1);
  CHECK(of({1, 2, 0}, {-1, 1, 3}).magnitudes() == 3);
}

TEST_CASE("products: two ways: every sum against extended precision, for every length and mean", "[array]") {
  for (const double mean : {0.0, 0.3, 100.0})
    for (const size_t n : {1u, 3u, 4u, 5u, 1023u, 1024u, 1030u, 100'000u}) {
      const std::vector<double> x = spread(n, 1, mean), y = spread(n, 2, mean);
      const Products p = of(x, y);
      long double xy = 0, xx = 0, yy = 0, apart = 0, opposed = 0, sum_x = 0, sum_y = 0, all = 0, both = 0;
      for (size_t i = 0; i < n; ++i) {
        const long double u = x[i], v = y[i];
        xy += u * v;
        xx += u * u;
        yy += v * v;
        apart += (u - v) * (u - v);
        opposed += u * v < 0 ? -u * v : 0;
        sum_x += u;
        sum_y += v;
        all += std::abs(u * v);
        both += std::abs(u) + std::abs(v);
      }
      long double covariance = 0, variance_x = 0, variance_y = 0;
      for (size_t i = 0; i < n; ++i) {
        const long double u = (long double)x[i] - sum_x / (long double)n,
                          v = (long double)y[i] - sum_y / (long double)n;
        covariance += u * v;
        variance_x += u * u;
        variance_y += v * v;
      }
      INFO("mean " << mean << ", " << n);
      const auto close = [](const Sum& got, long double want, long double magnitudes) {
        return std::abs(got.value() - want) <= 0x1p-44L * magnitudes;
      };
      CHECK(p.count == n);
      CHECK(close(p.xy, xy, all));
      CHECK(close(p.xx, xx, xx));
      CHECK(close(p.yy, yy, yy));
      CHECK(close(p.apart, apart, apart));
      CHECK(close(p.opposed, opposed, opposed));
      CHECK(close(p.x, sum_x, both));
      CHECK(close(p.y, sum_y, both));
      if (n == 1) continue;
      // About means, 100 beside deviations of less than 1 take their digits from the mean itself.
      const long double lost = 1 + mean * mean;
      CHECK(close(p.covariance, covariance, std::sqrt(variance_x * variance_y) * lost));
      CHECK(close(p.variance_x, variance_x, variance_x * lost));
      CHECK(close(p.variance_y, variance_y, variance_y * lost));
    }
}

TEST_CASE("products: law: a deficit keeps its digits where the cosine is 1 to the last of its own", "[array]") {
  // y = x + t·z with z orthogonal to x and as long: 1 − c = 1 − 1/√(1 + t²).
  const double t = 1e-8;
  std::vector<double> x, y;
  for (int i = 0; i < 5000; ++i) {
    x.insert(x.end(), {3, 4});
    y.insert(y.end(), {3 - 4 * t, 4 + 3 * t});
  }
  const double want = t * t / 2;  // and terms of t⁴
  CHECK(of(x, y).deficit() == Approx(want).epsilon(1e-6));
  CHECK(std::abs(1 - of(x, y).cosine() - want) > want / 10);
}

TEST_CASE("products: identity: parts merged are the whole", "[array]") {
  const std::vector<double> x = spread(4096, 1, 0.2), y = spread(4096, 2, -0.1);
  Products parts;
  for (size_t i = 0; i < x.size(); i += 1024)
    parts.merge(of({x.begin() + int64_t(i), x.begin() + int64_t(i) + 1024},
                   {y.begin() + int64_t(i), y.begin() + int64_t(i) + 1024}));
  const Products whole = of(x, y);
  CHECK(parts.xy.value() == whole.xy.value());
  CHECK(parts.covariance.value() == whole.covariance.value());
  CHECK(parts.pearson() == whole.pearson());
  CHECK(parts.same_sign == whole.same_sign);
}

TEST_CASE("products: limit: numbers that are not finite are left out in pairs; of zeros there is no cosine",
          "[array]") {
  const Products p = of({1, nan, 2, infinity, 3}, {1, 1, infinity, 1, 2});
  CHECK(p.not_finite == 3);
  CHECK(p.count == 2);
  CHECK(p.xy.value() == 7);
  CHECK(of({nan}, {1}).count == 0);
  CHECK(std::isnan(of({0, 0}, {1, 2}).cosine()));
  // Lengths of 1e-8 are lengths: nothing is added to them.
  CHECK(of({1e-8, 1e-8}, {1e-8, 2e-8}).cosine() == Approx(3 / std::sqrt(10)).epsilon(1e-15));
  CHECK(of({1e-150, 1e-150}, {1e-150, 2e-150}).cosine() == Approx(3 / std::sqrt(10)).epsilon(1e-15));
}

TEST_CASE("products: value: the least and greatest ratio, without zeros", "[array]") {
  const std::vector<double> x{1, -2, 0, 4, 5, 3}, y{3, 1, 7, 0, -5, 3};
  const Ratios r = ratios(x, y);
  CHECK(r.least == 0.5);
  CHECK(r.greatest == 3);
  CHECK(ratios(std::vector<double>{0.0}, std::vector<double>{1.0}).greatest == 0);
}

}  // namespace
}  // namespace athanor::array
