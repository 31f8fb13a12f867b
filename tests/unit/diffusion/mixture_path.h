// A path whose every point is known: a mixture in one dimension, from σ = 5 to σ = 0.05, and its solution by a method
// that shares no code with the library.
#pragma once

#include <array>
#include <cmath>
#include <vector>

#include "diffusion/denoiser.h"
#include "diffusion/grid.h"

namespace athanor::diffusion::test {

constexpr std::array<double, 3> kMeans{-1, .3, 1.2}, kWeights{.3, .5, .2}, kDeviations{.3, .2, .4};
constexpr double kStart = 3.3, kSigmaMax = 5, kSigmaMin = .05;

/// The posterior mean, from densities as they stand.
inline double mixture_mean(double x, double sigma) {
  double above = 0, below = 0;
  for (size_t k = 0; k < 3; ++k) {
    const double v = kDeviations[k] * kDeviations[k], total = v + sigma * sigma, offset = x - kMeans[k];
    const double p = kWeights[k] / std::sqrt(total) * std::exp(-.5 * offset * offset / total);
    above += p * (kMeans[k] + v / total * offset);
    below += p;
  }
  return above / below;
}

inline State scalar(double value) { return State::Constant(1, 1, value); }
inline Denoise<State> mixture_denoise() {
  return [](const State& x, double sigma) { return scalar(mixture_mean(x(0, 0), sigma)); };
}

/// x at `next` by the classical Runge–Kutta method of order 4 in s = ln σ: dx/ds = x − D.
inline double exact_step(double x, double sigma, double next, int substeps) {
  const double h = std::log(next / sigma) / substeps;
  const auto slope = [](double at, double s) { return at - mixture_mean(at, std::exp(s)); };
  double s = std::log(sigma);
  for (int i = 0; i < substeps; ++i, s += h) {
    const double k1 = slope(x, s), k2 = slope(x + h / 2 * k1, s + h / 2), k3 = slope(x + h / 2 * k2, s + h / 2),
                 k4 = slope(x + h * k3, s + h);
    x += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
  }
  return x;
}

/// x at every level of the grid, to about 1e-13.
inline std::vector<double> exact_path(const Grid& grid) {
  std::vector<double> path{kStart};
  for (size_t i = 1; i < grid.size(); ++i) {
    const int substeps = 4 + int(std::log(grid[i - 1] / grid[i]) / 1e-3);
    path.push_back(exact_step(path.back(), grid[i - 1], grid[i], substeps));
  }
  return path;
}

inline Grid log_uniform(int64_t n, double low = kSigmaMin) {
  Grid grid;
  for (int64_t i = 0; i <= n; ++i) grid.push_back(kSigmaMax * std::pow(low / kSigmaMax, double(i) / double(n)));
  return grid;
}
inline Grid uniform(int64_t n, double low) {
  Grid grid;
  for (int64_t i = 0; i <= n; ++i) grid.push_back(kSigmaMax + (low - kSigmaMax) * double(i) / double(n));
  return grid;
}

/// |x − exact| at the grid's end, when the first `history` steps are taken along the exact path: the solver evaluates
/// and remembers them, and its own results are put aside.
inline double path_error(Solver<State>& solver, const Grid& grid, size_t history = 0) {
  const std::vector<double> exact = exact_path(grid);
  State x = scalar(kStart);
  for (size_t i = 0; i + 1 < grid.size(); ++i) {
    x = solver.step(mixture_denoise(), x, grid[i], grid[i + 1]);
    if (i < history) x = scalar(exact[i + 1]);
  }
  return std::abs(x(0, 0) - exact.back());
}

}  // namespace athanor::diffusion::test
