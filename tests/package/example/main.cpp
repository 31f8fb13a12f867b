// A project of one's own on athanor::diffusion: 4,000 points drawn from a mixture of two normal distributions by Heun's
// method, their mean compared with the mixture's.
#include <cmath>
#include <cstdio>

#include "diffusion/mixture.h"
#include "diffusion/sampler.h"

namespace diffusion = athanor::diffusion;

int main() {
  // A quarter of the points around (-2, 1) with deviation 0.5, the others around (1, 3) with deviation 1: their mean is
  // (0.25, 2.5), their variances are 0.25·0.25 + 0.75·1 + 0.25·0.75·(3², 2²) = (2.5, 1.5625).
  diffusion::State means(2, 2);
  means << -2, 1, 1, 3;
  const auto mixture = diffusion::Mixture::isotropic({0.25, 0.75}, means, {0.5, 1.0});

  constexpr int64_t kPoints = 4000;
  const diffusion::Grid grid = diffusion::make_grid({}, 0.002, 80, {});
  double sum[2] = {0, 0};
  diffusion::draw(
      {.elements = 2, .count = kPoints, .batch = 500, .seed = 1}, {}, grid,
      [&](const diffusion::State& x, double sigma, auto) { return mixture.denoise(x, sigma); },
      [&](std::span<const float> rows) {
        for (size_t i = 0; i < rows.size(); ++i) sum[i % 2] += double(rows[i]);
      });

  const double mean[2] = {sum[0] / kPoints, sum[1] / kPoints};
  std::printf("mean %.3f %.3f, expected 0.250 2.500\n", mean[0], mean[1]);
  // Five standard errors.
  const bool right = std::abs(mean[0] - 0.25) < 5 * std::sqrt(2.5 / kPoints) &&
                     std::abs(mean[1] - 2.5) < 5 * std::sqrt(1.5625 / kPoints);
  return right ? 0 : 1;
}
