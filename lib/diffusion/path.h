// Paths from data to noise, and the noise level at each of their times.
//
//   x_t = α(t)·x0 + s(t)·n,  t from 0 (data) to 1 (noise);   σ(t) = s/α;   x_t = α·(x0 + σ·n)
//
//   straight        α = 1 − t                                         s = t
//   trigonometric   α = cos(πt/2)                                     s = sin(πt/2)
//   vp-linear       α = exp(−¼·β_d·t² − ½·β_min·t)                    s = √(1 − α²),  β_d = 19.9, β_min = 0.1
//   cosine          α = cos((t + c)/(1 + c)·π/2)/cos(c/(1 + c)·π/2)   s = √(1 − α²),  c = 0.008
//
// So σ says all of a point on a path but its scale, α = 1/(1 + σ) on the straight path and 1/√(1 + σ²) on the others.
//
// Source: Lipman et al., "Flow matching for generative modeling" (2023), example II; Albergo et al., "Stochastic
//         interpolants" (2023), table 2; Song et al., "Score-based generative modeling through stochastic differential
//         equations" (2021), appendix C (DDPM's linear β, continuous); Nichol and Dhariwal, "Improved denoising
//         diffusion probabilistic models" (2021), equation 17.
// Accuracy: float64; time(sigma(t)) = t to 1e-12.
#pragma once

#include <string>
#include <vector>

namespace athanor::diffusion {

struct Path {
  std::string name;               ///< as in --path
  double (*sigma)(double t);      ///< σ(t), rising from 0; 0 ≤ t < 1
  double (*time)(double sigma);   ///< its inverse, σ ≥ 0
  double (*alpha)(double sigma);  ///< α as a function of σ
  double sigma_min, sigma_max;    ///< between which a model is trained and used unless told otherwise
};

/// Every path that --path takes.
const std::vector<Path>& paths();
std::vector<std::string> path_names();
/// Throws Error{usage} that lists the names.
const Path& path_named(const std::string& name);

}  // namespace athanor::diffusion
