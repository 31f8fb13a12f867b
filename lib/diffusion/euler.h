// Euler's method for the probability-flow ODE; the same as DDIM with η = 0 and as DPM-Solver++(1).
//
//   d  = (x − D(x; σ))/σ
//   x' = x + (σ' − σ)·d
//
// Source: Song, Meng, Ermon, "Denoising diffusion implicit models" (2021), equation 13, in the coordinates x/√ᾱ.
// Order: 1. One evaluation a step.
#pragma once

#include "diffusion/denoiser.h"

namespace athanor::diffusion {

template <class Array>
class Euler : public Solver<Array> {
 public:
  Array step(const Denoise<Array>& denoise, const Array& x, double sigma, double next) override {
    const Array D = denoise(x, sigma);
    if (next == 0) return D;  // equal, without the rounding of x − (x − D)
    const Array d = (x - D) * (1 / sigma);
    return x + d * (next - sigma);
  }
};

}  // namespace athanor::diffusion
