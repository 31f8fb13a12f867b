// DPM-Solver++(2M): an exponential integrator in λ = −ln σ that extrapolates the denoised image from two steps.
//
//   h_i = λ_{i+1} − λ_i = ln(σ_i/σ_{i+1}),   r = h_{i−1}/h_i,   m_i = D(x_i; σ_i)
//   M   = (1 + 1/(2r))·m_i − 1/(2r)·m_{i−1}          (M = m_i on the first step)
//   x_{i+1} = (σ_{i+1}/σ_i)·x_i − (e^{−h_i} − 1)·M
//   σ_{i+1} = 0:  x_{i+1} = m_i, the first-order limit h → ∞
//
// Source: Lu, Zhou, Bao, Chen, Li, Zhu, "DPM-Solver++: fast solver for guided sampling of diffusion probabilistic
//         models" (2022), algorithm 2.
// Differs: the order is lowered on the step to 0 alone, whatever the number of steps.
// Order: 2. One evaluation a step.
#pragma once

#include <cmath>

#include "diffusion/denoiser.h"

namespace athanor::diffusion {

template <class Array>
class Dpmpp2M : public Solver<Array> {
 public:
  Array step(const Denoise<Array>& denoise, const Array& x, double sigma, double next) override {
    const Array m = denoise(x, sigma);
    if (next == 0) return m;
    const double h = std::log(sigma / next);
    Array M = m;
    if (h_previous_ > 0) {
      const double a = h / (2 * h_previous_);  // 1/(2r)
      M = m * (1 + a) - m_previous_ * a;
    }
    m_previous_ = m;
    h_previous_ = h;
    return x * (next / sigma) - M * std::expm1(-h);
  }

 private:
  Array m_previous_;
  double h_previous_ = 0;  ///< 0: no step yet
};

}  // namespace athanor::diffusion
