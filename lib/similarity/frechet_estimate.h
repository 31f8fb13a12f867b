// The Fréchet distance of two sets in memory that does not grow with them, with what belongs to the figure.
#pragma once

#include <optional>

#include "core/work.h"
#include "similarity/frechet.h"
#include "similarity/reading.h"
#include "similarity/resampling.h"

namespace athanor::similarity {

/// A measure between two disjoint parts of the real rows: what perfect samples would get.
struct Floor {
  double value = 0;
  int64_t reference = 0, samples = 0;  ///< rows of the parts
};

struct FrechetEstimate {
  double value = 0;
  std::optional<Confidence> confidence = {};  ///< under resampling
  std::optional<Floor> floor = {};            ///< where there are real rows enough: at least 4
  std::optional<Moments> reference = {};      ///< if they are asked for
};

struct FrechetOptions {
  int64_t resamples = 0;  ///< 0: no confidence
  uint64_t seed = 0;
  int64_t threads = 1;
  bool moments = false;  ///< whether the reference's are wanted too
};

/// Of moments known beforehand, or of rows. Rows are read in one pass for the value and the floor, and in one more for
/// the confidence. A set of more rows than dimensions is seen through its moments; a smaller one is held in memory.
///
/// The floor is that of as many real rows as there are samples, chosen by the seed, against the other real rows; where
/// there are fewer than twice as many, of two halves. Resampling draws rows of a set that is held, and of 32 random
/// groups of a larger set's rows; moments known beforehand are taken for exact. Throws Error{data}: fewer than 2 rows.
FrechetEstimate estimate_frechet(const Set& reference, const Set& samples, const FrechetOptions& options,
                                 const Progress& progress);
FrechetEstimate estimate_frechet(const Moments& reference, const Set& samples, const FrechetOptions& options,
                                 const Progress& progress);

/// Of all rows of a set.
Moments moments_of(const Set& set, int64_t threads, const Progress& progress);

}  // namespace athanor::similarity
