// A mixture of normal distributions with diagonal covariances: data for which everything about diffusion is known.
//
//   p(x; σ)  = Σ_k w_k·N(x; μ_k, diag(v_k + σ²))
//   r_k(x)   = w_k·N(x; μ_k, v_k + σ²) / p(x; σ)                      the posterior of component k
//   D(x; σ)  = Σ_k r_k·(μ_k + v_k/(v_k + σ²)·(x − μ_k))               the posterior mean of x0
//   ∇ ln p(x; σ) = (D(x; σ) − x)/σ² = Σ_k r_k·(μ_k − x)/(v_k + σ²)
//
// Source: Bishop, "Pattern recognition and machine learning" (2006), sections 2.3.3 and 9.2 (Bayes' rule for Gaussian
//         variables and mixtures); the second equality for the score is Tweedie's formula.
#pragma once

#include <vector>

#include "core/random.h"
#include "diffusion/denoiser.h"

namespace athanor::diffusion {

class Mixture {
 public:
  /// K components in d dimensions: weights > 0 (normalised here), means [K,d], variances [K,d] ≥ 0.
  /// Throws Error{data} when sizes or values do not fit.
  Mixture(std::vector<double> weights, State means, State variances);
  /// Isotropic components: one standard deviation each.
  static Mixture isotropic(std::vector<double> weights, State means, const std::vector<double>& deviations);

  int64_t dimension() const { return means_.cols(); }
  /// D(x; σ): x is [n,d], σ ≥ 0. Each row's result depends on that row alone, to the last bit.
  State denoise(const State& x, double sigma) const;
  /// ∇ ln p(x; σ), [n,d]. Needs v_k + σ² > 0.
  State score(const State& x, double sigma) const;
  /// ln p(x; σ), [n]. Needs v_k + σ² > 0.
  Eigen::ArrayXd log_density(const State& x, double sigma) const;
  /// Draws x0 exactly from the stream: first the component, then d normals.
  void sample(Random& random, std::span<double> x0) const;

 private:
  /// ln(w_k·N(x; μ_k, v_k + σ²)) for each k.
  std::vector<double> log_terms(const State& x, Eigen::Index row, double sigma) const;
  /// r_k for each k.
  std::vector<double> posterior(const State& x, Eigen::Index row, double sigma) const;
  std::vector<double> weights_;
  State means_, variances_;
};

}  // namespace athanor::diffusion
