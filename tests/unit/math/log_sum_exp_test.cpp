#include "math/log_sum_exp.h"

#include <vector>

#include "math/normal.h"
#include "support/catch.h"

using athanor::math::log_normal_density;
using athanor::math::log_sum_exp;

TEST_CASE("value: ln(1 + 2 + 3)") {
  const std::vector<double> x{0, std::log(2.0), std::log(3.0)};
  CHECK(log_sum_exp(x) == Approx(std::log(6.0)).epsilon(1e-15));
}

TEST_CASE("identity: adding a constant to each term adds it to the result, far beyond exp's range") {
  for (const double c : {-1e5, -745.0, 709.0, 1e5}) {
    const std::vector<double> x{c, c + std::log(2.0)};
    CHECK(log_sum_exp(x) == Approx(c + std::log(3.0)).epsilon(1e-15));
  }
}

TEST_CASE("limit: no terms, terms of weight zero, infinity, NaN") {
  constexpr double inf = std::numeric_limits<double>::infinity();
  CHECK(log_sum_exp({}) == -inf);
  CHECK(log_sum_exp(std::vector<double>{-inf, -inf}) == -inf);
  CHECK(log_sum_exp(std::vector<double>{-inf, 1.5}) == 1.5);
  CHECK(log_sum_exp(std::vector<double>{0, inf}) == inf);
  CHECK(std::isnan(log_sum_exp(std::vector<double>{0, std::nan("")})));
  CHECK(std::isnan(log_sum_exp(std::vector<double>{std::nan(""), 0})));
}

TEST_CASE("value: the standard normal's log density") {
  CHECK(log_normal_density(0, 0, 1) == Approx(-0.9189385332046727).epsilon(1e-15));
  CHECK(log_normal_density(3, 1, 4) == Approx(-0.9189385332046727 - std::log(2.0) - 0.5).epsilon(1e-15));
}
