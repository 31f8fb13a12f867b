// Maximum mean discrepancy: how far apart two sets lie in the space of a kernel's features.
//
//   MMD² = Σ_{i≠j} k(x_i,x_j)/(n(n−1)) + Σ_{i≠j} k(y_i,y_j)/(m(m−1)) − 2·Σ_{ij} k(x_i,y_j)/(nm)
//
// Without bias: its expectation is the same at every N, 0 for equal distributions, and it may be negative. Kernels:
//
//   polynomial   k(x,y) = (x·y/d + 1)³       the Kernel Inception Distance's
//   Gaussian     k(x,y) = exp(−‖x − y‖²/(2h²)), h the median distance between rows
//
// The standard error is the jackknife's: the spread of the n + m values that leave a row out, each known from the sums
// of the kernel over that row. It is no less than the true one in expectation, and about √2 times it where the
// distributions are equal.
//
// Source: Gretton et al., "A kernel two-sample test" (2012), lemma 6 and section 8; Bińkowski, Sutherland, Arbel,
//         Gretton, "Demystifying MMD GANs" (2018), section 4; Efron and Stein, "The jackknife estimate of variance"
//         (1981).
// Accuracy: sums within 1e-12 of the sums of the kernel's absolute values.
#pragma once

#include "similarity/rows.h"

namespace athanor::similarity {

struct Mmd {
  double value = 0;  ///< MMD²
  double error = 0;  ///< its standard error
};

/// [n,d] and [m,d], n, m ≥ 3. Throws Error{data}.
Mmd polynomial_mmd(const Rows& x, const Rows& y, int64_t threads = 1);
/// h > 0.
Mmd gaussian_mmd(const Rows& x, const Rows& y, double h, int64_t threads = 1);

/// The median of the distances between rows of both sets, of up to 1,000 rows of each, evenly spread. Throws
/// Error{data} when it is 0.
double median_distance(const Rows& x, const Rows& y, int64_t threads = 1);

/// MMD² by subsets, as KID was published: its mean over them, and their standard deviation.
struct SubsetMmd {
  double mean = 0, deviation = 0;
};
/// Polynomial MMD² of `subsets` pairs of `size` rows each, drawn without replacement within a subset; decided by the
/// seed. Throws Error{data}: a set has fewer rows.
SubsetMmd subset_mmd(const Rows& x, const Rows& y, int64_t subsets, int64_t size, uint64_t seed, int64_t threads = 1);

}  // namespace athanor::similarity
