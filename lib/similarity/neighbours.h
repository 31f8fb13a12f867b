// Nearest neighbours, and what they say of how alike two sets are.
//
//   precision   part of the samples that lie within the k-th neighbour's distance of a real row        are they real?
//   recall      part of the real rows that lie within that distance of a sample                        is all there?
//   density     Σ_samples (number of real rows whose ball holds it)/(k·samples)                        may exceed 1
//   coverage    part of the real rows whose ball holds a sample
//
// A ball about a row reaches to its k-th neighbour in its own set, which is not itself; what lies on its edge is
// inside. Precision and recall grow with a single outlier's ball; density and coverage are the answer to that.
//
// Source: Kynkäänniemi, Karras, Laine, Lehtinen, Aila, "Improved precision and recall metric for assessing generative
//         models" (2019), equations 1 and 2; Naeem, Oh, Uh, Choi, Yoo, "Reliable fidelity and diversity metrics for
//         generative models" (2020), equations 3 to 5.
// Accuracy: distances that are returned are of the rows' differences in float64. Neighbours are found by
//           ‖x‖² + ‖y‖² − 2·x·y in float64: rows whose squared distances differ by less than 1e-13 of their norms' may
//           change places, and lie inside or outside of a ball.
#pragma once

#include "similarity/rows.h"

namespace athanor::similarity {

/// The k nearest of each row, nearest first; of equally near ones the first.
struct Nearest {
  int64_t k = 0;
  std::vector<double> distances;  ///< [n,k]
  std::vector<int64_t> numbers;   ///< [n,k], of rows
};
/// Of `queries` [n,d] among others [m,d]. Throws Error{data}: k ≥ 1 rows are not there.
Nearest nearest(const Rows& queries, const Rows& among, int64_t k, int64_t threads = 1);
/// Of each row among the others of its set. Throws Error{data} unless 1 ≤ k < n.
Nearest nearest_within(const Rows& rows, int64_t k, int64_t threads = 1);

/// The four measures, row by row: each is the mean of its numbers.
struct Alikeness {
  std::vector<double> precision;  ///< of each sample: 0 or 1
  std::vector<double> recall;     ///< of each real row: 0 or 1
  std::vector<double> density;    ///< of each sample: balls that hold it, divided by k
  std::vector<double> coverage;   ///< of each real row: 0 or 1
};
/// Throws Error{data} unless both sets have more than k rows.
Alikeness alikeness(const Rows& real, const Rows& samples, int64_t k, int64_t threads = 1);

}  // namespace athanor::similarity
