// iPNDM of order 4: Adams–Bashforth with constant coefficients on the slope of the probability-flow ODE.
//
//   d_i = (x_i − D(x_i; σ_i))/σ_i
//   x_{i+1} = x_i + (σ_{i+1} − σ_i)·Σ_k w_k·d_{i−k}
//   w = 1 | (3, −1)/2 | (23, −16, 5)/12 | (55, −59, 37, −9)/24      on steps 1, 2, 3 and from 4 on
//   σ_{i+1} = 0:  x_{i+1} = D(x_i; σ_i)
//
// Source: Zhang, Chen, "Fast sampling of diffusion models with exponential integrator" (2023), section 3 (iPNDM);
//         coefficients: Liu, Ren, Lin, Zhao, "Pseudo numerical methods for diffusion models on manifolds" (2022),
//         equation 12. The step to 0 is the one-step denoising with which EDM's sampler ends.
// Order: 4 on a grid that is uniform in σ, 2 on others, since the coefficients suppose equal steps; yet one of the best
//        at ten evaluations and fewer. One evaluation a step.
#pragma once

#include <algorithm>
#include <array>
#include <deque>

#include "diffusion/denoiser.h"

namespace athanor::diffusion {

template <class Array>
class Ipndm : public Solver<Array> {
 public:
  Array step(const Denoise<Array>& denoise, const Array& x, double sigma, double next) override {
    constexpr std::array<std::array<double, 4>, 4> w{
        {{1}, {3. / 2, -1. / 2}, {23. / 12, -16. / 12, 5. / 12}, {55. / 24, -59. / 24, 37. / 24, -9. / 24}}};
    const Array D = denoise(x, sigma);
    if (next == 0) return D;
    slopes_.push_front((x - D) * (1 / sigma));
    if (slopes_.size() > 4) slopes_.pop_back();
    const auto& weights = w[slopes_.size() - 1];
    Array sum = slopes_[0] * weights[0];
    for (size_t k = 1; k < slopes_.size(); ++k) sum = sum + slopes_[k] * weights[k];
    return x + sum * (next - sigma);
  }

 private:
  std::deque<Array> slopes_;  ///< d_i, d_{i−1} …, newest first
};

}  // namespace athanor::diffusion
