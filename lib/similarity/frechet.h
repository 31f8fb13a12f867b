// The Fréchet distance between two sets of rows, each seen as a normal distribution.
//
//   d² = ‖μ₁ − μ₂‖² + tr Σ₁ + tr Σ₂ − 2·tr √(Σ₁Σ₂)
//
// With any F of FᵀF = Σ, tr √(Σ₁Σ₂) = ‖F₁F₂ᵀ‖_*, the sum of the singular values: the eigenvalues of Σ₁Σ₂ are those of
// (F₁F₂ᵀ)(F₁F₂ᵀ)ᵀ. So no square root of a matrix is taken, and singular covariances are nothing special. Of n rows in
// more dimensions F is the rows themselves, centred and divided by √(n − 1): all is done in the space of the rows.
//
// What is called the FID is this d² over Inception features; it is a squared distance, in units of the features
// squared. Estimated from N rows it is too large by about a constant / N: values compare only at one N, and only over
// one kind of features.
//
// Source: Dowson and Landau, "The Fréchet distance between multivariate normal distributions" (1982); Heusel et al.,
//         "GANs trained by a two time-scale update rule converge to a local Nash equilibrium" (2017).
// Differs: pytorch-fid takes the root of Σ₁Σ₂ by a Schur decomposition and adds 1e-6 to the diagonals where that fails.
// Accuracy: F is exact to 1e-13 of ‖Σ‖ for rows. From a covariance, directions whose variance is below about d·2⁻⁵²
//           of the largest are lost, which changes d² by less than 2·Σ √(2⁻⁵²·d·λ₁·λ₂) over those directions; where
//           the covariances are regular, d² is within 1e-12·(tr Σ₁ + tr Σ₂).
#pragma once

#include "similarity/moments.h"
#include "similarity/rows.h"

namespace athanor::similarity {

/// A normal distribution, as the distance needs it.
struct Gaussian {
  Eigen::VectorXd mean;  ///< [d]
  Matrix factor;         ///< F [r,d]; of a covariance r ≤ d, of rows as many as they are
  double trace = 0;      ///< of Σ
};

/// By a pivoted Cholesky decomposition, which ends where what is left is rounding. Throws Error{data}: the covariance
/// has a negative eigenvalue beyond 1e-5 of its largest variance.
Gaussian gaussian_of(const Moments& moments, int64_t threads = 1);
/// Of rows themselves, each taken as often as `times` says (all once where it is empty). Throws Error{data}: fewer
/// than 2.
Gaussian gaussian_of(const Rows& rows, std::span<const int64_t> times = {});
/// d² ≥ 0. Throws Error{data}: other dimensions.
double frechet_distance(const Gaussian& a, const Gaussian& b, int64_t threads = 1);

}  // namespace athanor::similarity
