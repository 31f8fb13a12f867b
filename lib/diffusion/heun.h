// Heun's method for the probability-flow ODE, with optional churn: noise is added before each step and removed by it.
//
//   γ  = min(S_churn/n, √2 − 1)  if S_min ≤ σ ≤ S_max, else 0
//   σ̂  = σ + γσ,   x̂ = x + √(σ̂² − σ²)·S_noise·ε,   ε ~ N(0, I)
//   d  = (x̂ − D(x̂; σ̂))/σ̂
//   x' = x̂ + (σ' − σ̂)·d
//   if σ' ≠ 0:  d' = (x' − D(x'; σ'))/σ',   x' = x̂ + (σ' − σ̂)·(d + d')/2
//
// Source: Karras, Aittala, Aila, Laine, "Elucidating the design space of diffusion-based generative models" (2022),
//         algorithm 2; algorithm 1 is the case S_churn = 0.
// Order: 2 without churn. Two evaluations a step, one on the step to 0: 2n − 1.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "diffusion/denoiser.h"

namespace athanor::diffusion {

/// How much noise is added on the way; none by default.
struct Churn {
  double amount = 0;                                      ///< S_churn, for the whole path
  double low = 0;                                         ///< S_min
  double high = std::numeric_limits<double>::infinity();  ///< S_max
  double noise = 1;                                       ///< S_noise, the standard deviation of ε
};

/// Standard normals of x's shape for the given step (0 is the first); called only where γ > 0.
template <class Array>
using StepNoise = std::function<Array(const Array& x, int64_t step)>;

template <class Array>
class Heun : public Solver<Array> {
 public:
  /// steps is n of the formula; `noise` may be empty when churn.amount is 0.
  explicit Heun(Churn churn = {}, int64_t steps = 1, StepNoise<Array> noise = {})
      : churn_(churn), steps_(steps), noise_(std::move(noise)) {}

  Array step(const Denoise<Array>& denoise, const Array& x, double sigma, double next) override {
    const bool churns = churn_.amount > 0 && churn_.low <= sigma && sigma <= churn_.high;
    const double gamma = churns ? std::min(churn_.amount / double(steps_), std::sqrt(2.0) - 1) : 0;  // line 2
    const double sigma_hat = sigma + gamma * sigma;                                                  // line 5
    Array x_hat = x;
    if (gamma > 0)  // lines 4 and 6
      x_hat = x + noise_(x, step_) * (std::sqrt(sigma_hat * sigma_hat - sigma * sigma) * churn_.noise);
    ++step_;

    const Array D = denoise(x_hat, sigma_hat);
    if (next == 0) return D;                                             // line 8 for σ' = 0, without its rounding
    const Array d = (x_hat - D) * (1 / sigma_hat);                       // line 7
    const Array x_next = x_hat + d * (next - sigma_hat);                 // line 8
    const Array d_next = (x_next - denoise(x_next, next)) * (1 / next);  // line 10
    return x_hat + (d + d_next) * ((next - sigma_hat) * 0.5);            // line 11
  }

 private:
  Churn churn_;
  int64_t steps_, step_ = 0;
  StepNoise<Array> noise_;
};

}  // namespace athanor::diffusion
