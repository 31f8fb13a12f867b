// EDM preconditioning: the network F is trained and run so that its input and its target have unit variance at every
// noise level σ.
//
//   D(x; σ) = c_skip·x + c_out·F(c_in·x, c_noise)
//   c_skip = σ_data² / (σ² + σ_data²)        c_out   = σ·σ_data / √(σ² + σ_data²)
//   c_in   = 1 / √(σ² + σ_data²)             c_noise = ln(σ) / 4
//   λ(σ)   = (σ² + σ_data²) / (σ·σ_data)²    the loss weight of ‖D − x0‖²; λ·c_out² = 1
//
// Source: Karras, Aittala, Aila, Laine, "Elucidating the design space of diffusion-based generative models" (2022),
//         table 1, columns "Ours"; derivation in appendix B.6.
#pragma once

#include <cmath>

namespace athanor::diffusion {

/// The coefficients at one noise level.
struct Preconditioning {
  double c_skip, c_out, c_in, c_noise;
};

/// sigma > 0 is the noise level, sigma_data > 0 the standard deviation of the data; float64 throughout.
inline Preconditioning edm_preconditioning(double sigma, double sigma_data) {
  const double norm = std::hypot(sigma, sigma_data);
  return {.c_skip = (sigma_data / norm) * (sigma_data / norm),
          .c_out = sigma * (sigma_data / norm),
          .c_in = 1 / norm,
          .c_noise = std::log(sigma) / 4};
}

/// λ(σ), the reciprocal of c_out²: with it every noise level starts with the same loss.
inline double edm_loss_weight(double sigma, double sigma_data) {
  const double c_out = edm_preconditioning(sigma, sigma_data).c_out;
  return 1 / (c_out * c_out);
}

}  // namespace athanor::diffusion
