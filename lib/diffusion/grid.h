// Noise levels that a solver steps through: σ_0 > σ_1 > … > σ_{n−1} > 0, then 0.
//
//   edm:          σ_i = (A + i/(n−1)·(B − A))^ρ,  A = σ_max^{1/ρ},  B = σ_min^{1/ρ}
//   exponential:  σ_i = σ_max·(σ_min/σ_max)^{i/(n−1)}, uniform in ln σ
//   n = 1:        {σ_max, 0}
//
// Source: Karras et al., "Elucidating the design space of diffusion-based generative models" (2022), equation 5.
// Accuracy: float64; σ_max and σ_min are met exactly, and levels given by hand are used as they are.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"
#include "core/work.h"

namespace athanor::diffusion {

/// Strictly decreasing, finite, ending in 0; one step fewer than levels.
using Grid = std::vector<double>;

/// The number of steps of a grid.
inline int64_t steps_of(const Grid& grid) { return int64_t(grid.size()) - 1; }

/// The options of the "Grid" group.
struct GridOptions {
  static constexpr int64_t kSteps = 18;
  static constexpr double kRho = 7;

  std::string kind = "edm";                    ///< edm or exponential
  std::optional<int64_t> steps;                ///< kSteps when not given
  std::optional<double> sigma_min, sigma_max;  ///< the model's when not given
  std::optional<double> rho;                   ///< kRho when not given
  std::vector<double> sigmas;                  ///< a list by hand; empty: none
  void fields(Fields& v);
  /// Throws Error{usage}: options that contradict each other, a list that is not strictly decreasing, negative,
  /// infinite or without a level above 0.
  void check() const;
};

/// The levels. sigma_min and sigma_max are the model's own, finite and more than 0; `remark` hears of a 0 that was
/// appended to a list by hand. Throws Error{usage} as check(), and when σ_min is not below σ_max or float64 cannot tell
/// neighbouring levels apart.
Grid make_grid(const GridOptions& options, double sigma_min, double sigma_max, const Remark& remark);

}  // namespace athanor::diffusion
