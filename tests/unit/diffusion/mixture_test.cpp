#include "diffusion/mixture.h"

#include <cmath>

#include "mixture_path.h"
#include "support/catch.h"
#include "support/files.h"

namespace athanor::diffusion {
namespace {

Mixture mixture_2d() {
  State means(3, 2), variances(3, 2);
  means << -1, 0.5, 2, 1, 0, -3;
  variances << 0.1, 0.4, 1, 0, 0.3, 0.2;
  return {{1, 2, 1}, means, variances};
}

State points() {
  State x(3, 2);
  x << 0.2, -0.4, 3, 2, -40, 55;
  return x;
}

}  // namespace

TEST_CASE("two ways: the posterior mean by densities and by their logarithms") {
  State means(3, 1);
  means << test::kMeans[0], test::kMeans[1], test::kMeans[2];
  const Mixture mixture = Mixture::isotropic({test::kWeights.begin(), test::kWeights.end()}, means,
                                             {test::kDeviations.begin(), test::kDeviations.end()});
  for (const double sigma : {0.01, 0.3, 5.0})
    for (const double x : {-2.0, 0.1, 1.3})
      CHECK(mixture.denoise(test::scalar(x), sigma)(0, 0) == Approx(test::mixture_mean(x, sigma)).epsilon(1e-12));
}

TEST_CASE("identity: Tweedie's formula, score = (D − x)/σ²") {
  for (const double sigma : {0.05, 1.0, 80.0}) {
    const State expected = (mixture_2d().denoise(points(), sigma) - points()) / (sigma * sigma);
    CHECK(((mixture_2d().score(points(), sigma) - expected).abs() <= 1e-9 * (1 + expected.abs())).all());
  }
}

TEST_CASE("two ways: the score is the slope of the log density") {
  const double sigma = 0.7, h = 1e-5;
  const State score = mixture_2d().score(points(), sigma);
  for (const Eigen::Index j : {0, 1}) {
    State up = points(), down = points();
    up.col(j) += h;
    down.col(j) -= h;
    const Eigen::ArrayXd slope =
        (mixture_2d().log_density(up, sigma) - mixture_2d().log_density(down, sigma)) / (2 * h);
    for (Eigen::Index i = 0; i < 3; ++i) CHECK(score(i, j) == Approx(slope[i]).epsilon(1e-6));
  }
}

TEST_CASE("value: the density integrates to 1") {
  double sum = 0;
  State x(1, 2);
  for (double a = -12; a < 12; a += 0.1)
    for (double b = -12; b < 12; b += 0.1) {
      x << a, b;
      sum += std::exp(mixture_2d().log_density(x, 0.5)[0]) * 0.01;
    }
  CHECK(sum == Approx(1).epsilon(1e-6));
}

TEST_CASE("limit: without noise x is its own mean; far away the nearest component decides, without overflow") {
  CHECK((mixture_2d().denoise(points(), 0) == points()).all());
  State far(1, 2);
  far << 1e8, -1e8;
  CHECK(mixture_2d().denoise(far, 0.01).isFinite().all());
  CHECK(mixture_2d().score(far, 0.01).isFinite().all());
}

TEST_CASE("identity: a row's result does not depend on the others") {
  const State all = mixture_2d().denoise(points(), 0.3);
  for (Eigen::Index i = 0; i < 3; ++i) CHECK((mixture_2d().denoise(points().row(i), 0.3) == all.row(i)).all());
}

TEST_CASE("law: samples have the mixture's mean and variance") {
  const Mixture mixture = mixture_2d();
  const int n = 20000;
  Random random(3, 0, Purpose::initial_noise);
  State x(n, 2);
  for (Eigen::Index i = 0; i < n; ++i) mixture.sample(random, {x.row(i).data(), 2});
  // Weights are 1/4, 1/2, 1/4. Bounds are four standard errors.
  const double mean[2] = {0.75, -0.125}, variance[2] = {2.2875, 2.9594};
  for (const Eigen::Index j : {0, 1}) {
    CHECK(x.col(j).mean() == Approx(mean[j]).margin(4 * std::sqrt(variance[j] / n)));
    CHECK((x.col(j) - x.col(j).mean()).square().mean() == Approx(variance[j]).epsilon(4 * std::sqrt(2.0 / n)));
  }
}

TEST_CASE("refusal: mixtures whose parts do not fit") {
  const State one = State::Ones(1, 1), two = State::Ones(2, 1);
  CHECK_THROWS_WITH(Mixture({1, 1}, one, one), "mixture: 2 weights, means [1,1], variances [1,1]");
  CHECK_THROWS_WITH(Mixture({1}, one, two), "mixture: 1 weights, means [1,1], variances [2,1]");
  CHECK_THROWS_WITH(Mixture({0}, one, one), "mixture: the weight 0 is not more than 0");
  CHECK_THROWS_WITH(Mixture({1}, one, -one), "mixture: means must be finite, variances finite and at least 0");
  CHECK_THROWS_WITH(Mixture::isotropic({1}, one, {1, 2}), "mixture: 1 means, 2 deviations");
  CHECK_THROWS_WITH(mixture_2d().denoise(one, 1), "mixture: 1 columns for 2 dimensions");
}

}  // namespace athanor::diffusion
