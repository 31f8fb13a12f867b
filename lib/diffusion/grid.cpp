#include "diffusion/grid.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/error.h"

namespace athanor::diffusion {
namespace {

void check_levels(const std::vector<double>& sigmas) {
  for (const double sigma : sigmas)
    if (!std::isfinite(sigma) || sigma < 0)
      fail(ErrorKind::usage, "--sigmas: {} is not a finite number of at least 0", sigma);
  for (size_t i = 1; i < sigmas.size(); ++i)
    if (sigmas[i] >= sigmas[i - 1])
      fail(ErrorKind::usage, "--sigmas must decrease: {} does not lie below {}", sigmas[i], sigmas[i - 1]);
  if (sigmas[0] == 0) fail(ErrorKind::usage, "--sigmas needs a level above 0");
}

Grid by_hand(const std::vector<double>& sigmas, const Remark& remark) {
  Grid grid = sigmas;
  if (grid.back() != 0) {
    grid.push_back(0);
    if (remark) remark("--sigmas does not end in 0: a last step to 0 is added");
  }
  return grid;
}

/// Level i of n ≥ 2.
double level(const GridOptions& o, double low, double high, int64_t i, int64_t n) {
  const double u = double(i) / double(n - 1);
  if (o.kind == "exponential") return high * std::pow(low / high, u);
  const double rho = o.rho.value_or(GridOptions::kRho);
  const double A = std::pow(high, 1 / rho), B = std::pow(low, 1 / rho);
  return std::pow(A + u * (B - A), rho);
}

}  // namespace

void GridOptions::fields(Fields& v) {
  v.opt("--grid", kind, "how noise levels are spaced", one_of({"edm", "exponential"}));
  v.opt("--steps", steps, fmt::format("steps, the last one to sigma 0; {} when not given", kSteps),
        between(1, 100'000));
  v.opt("--sigma-min", sigma_min, "lowest noise level above 0; the model's when not given", more_than(0));
  v.opt("--sigma-max", sigma_max, "noise level to start from; the model's when not given", more_than(0));
  v.opt("--rho", rho, fmt::format("exponent of the edm grid; {} when not given", kRho), at_least(1));
  v.opt("--sigmas", sigmas, "noise levels by hand, strictly decreasing, in place of all other grid options",
        at_least(0));
}

void GridOptions::check() const {
  if (rho && kind != "edm") fail(ErrorKind::usage, "--rho belongs to the edm grid, not to {}", kind);
  if (rho && !std::isfinite(*rho)) fail(ErrorKind::usage, "--rho must be finite");
  for (const auto& bound : {sigma_min, sigma_max})
    if (bound && !std::isfinite(*bound)) fail(ErrorKind::usage, "--sigma-min and --sigma-max must be finite");
  if (sigma_min && sigma_max && *sigma_min >= *sigma_max)
    fail(ErrorKind::usage, "--sigma-min {} is not below --sigma-max {}", *sigma_min, *sigma_max);
  if (sigmas.empty()) return;
  if (steps || sigma_min || sigma_max || rho || kind != GridOptions{}.kind)
    fail(ErrorKind::usage, "--sigmas says the whole grid: leave out --grid, --steps, --sigma-min, --sigma-max, --rho");
  check_levels(sigmas);
}

Grid make_grid(const GridOptions& options, double sigma_min, double sigma_max, const Remark& remark) {
  options.check();
  if (!options.sigmas.empty()) return by_hand(options.sigmas, remark);

  const double low = options.sigma_min.value_or(sigma_min), high = options.sigma_max.value_or(sigma_max);
  const int64_t n = options.steps.value_or(GridOptions::kSteps);
  if (n > 1 && low >= high) fail(ErrorKind::usage, "the lowest noise level {} is not below the highest {}", low, high);
  Grid grid;
  for (int64_t i = 0; i < n; ++i) {
    const bool ends = i == 0 || i == n - 1;
    grid.push_back(ends ? (i == 0 ? high : low) : level(options, low, high, i, n));
  }
  grid.push_back(0);
  // Neighbours that round to one level would make steps of no length, and divisions by them.
  if (std::ranges::adjacent_find(grid, std::less_equal<>()) != grid.end())
    fail(ErrorKind::usage, "{} steps between {} and {} are more than float64 can tell apart", n, high, low);
  return grid;
}

}  // namespace athanor::diffusion
