// What a network is given and what it gives, at every noise level.
//
//   D(x; σ) = c_skip·x + c_out·F(c_in·x, c_noise)         x = x0 + σ·n,  D the expectation of x0
//   loss    = E w(σ)·‖F − F*‖²/dim,   F* = (x0 − c_skip·x)/c_out,   so that ‖D − x0‖² has the weight w/c_out²
//
//   edm       F* has unit variance:   c_skip = σ_data²/(σ² + σ_data²)      c_out   = σ·σ_data/√(σ² + σ_data²)
//                                     c_in   = 1/√(σ² + σ_data²)           c_noise = ln(σ)/4
//   others    F* = a·n + b·x0 on a path (diffusion/path.h), whose point c_in·x = α·x is:
//             epsilon (a, b) = (1, 0);  x0 (0, 1);  v (α, −s), and (1, −1) on the straight path: there the velocity
//             d(α·x)/dt of flow matching.  Solving α·x = α·x0 + s·n for x0:
//                                     c_skip = a·α/(a·α − b·s)             c_out   = −s/(a·α − b·s)
//                                     c_in   = α                           c_noise = 1000·t(σ)
//
// Source: Karras, Aittala, Aila, Laine, "Elucidating the design space of diffusion-based generative models" (2022),
//         equation 7 and table 1; Salimans and Ho, "Progressive distillation" (2022), appendix D (ε, x0, v); Lipman et
//         al., "Flow matching for generative modeling" (2023).
#pragma once

#include <cmath>
#include <string>

#include "diffusion/path.h"

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

/// What a network predicts.
struct Parameterisation {
  std::string kind = "edm";  ///< edm, epsilon, x0 or v
  std::string path;          ///< of the others; edm has none
  double sigma_data = 0.5;   ///< standard deviation of the data, for edm
  /// Throws Error{data}: an unknown kind or path, a path for edm.
  void check() const;
};

/// The coefficients at σ > 0. Throws as Parameterisation::check.
Preconditioning precondition(const Parameterisation& parameterisation, double sigma);

}  // namespace athanor::diffusion
