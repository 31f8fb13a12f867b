// Batches of a dataset in an order that only (seed, step) decides, read ahead in background threads.
#pragma once

#include <deque>
#include <future>

#include "data/dataset.h"

namespace athanor::data {

struct Batch {
  int64_t first = 0;                 ///< number of its first row among all rows drawn since the start
  std::vector<float> rows = {};      ///< [batch, shape…]
  std::vector<int64_t> labels = {};  ///< [batch], empty without labels
};

/// Draws without replacement: epoch e is the permutation (seed, e) of the set, and batches run across its end.
/// Row number n of all is the same for every batch size and after any resume.
class Loader {
 public:
  /// `first` is the number of the first row to be drawn; up to `ahead` batches are read at a time.
  Loader(const Dataset& dataset, int64_t batch, uint64_t seed, int64_t first, int64_t ahead = 4);
  ~Loader();
  Batch next();

 private:
  Batch load(int64_t first) const;
  const Dataset& dataset_;
  int64_t batch_;
  uint64_t seed_;
  int64_t next_;
  std::deque<std::future<Batch>> ahead_;
};

}  // namespace athanor::data
