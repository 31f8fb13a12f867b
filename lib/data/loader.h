// Batches of a dataset in an order that only (seed, step) decides, read ahead in background threads.
#pragma once

#include <deque>
#include <future>

#include "data/augmentation.h"
#include "data/dataset.h"

namespace athanor::data {

struct Batch {
  int64_t first = 0;                 ///< number of its first row among all rows drawn since the start
  std::vector<float> rows = {};      ///< [batch, shape…]
  std::vector<int64_t> labels = {};  ///< [batch], empty without labels
  std::vector<float> source = {};    ///< [batch, shape…], empty without a source
  std::vector<float> told = {};      ///< [batch, kAugmentationNumbers], empty without augmentation
};

/// What batches are drawn from.
struct Drawn {
  const Dataset& rows;
  const Dataset* source = nullptr;  ///< of a transfer: rows of the same shape, from which those of the data are made
  bool paired = false;  ///< source row i belongs to row i, and is augmented alike; else it is drawn by itself
  AugmentationOptions augmentation = {};
  /// What to record of both sets.
  io::History history() const;
  std::vector<io::InputRecord> records() const;
};

/// Which rows of every batch a loader gives: those of one of several processes, in parts.
struct Share {
  int64_t rank = 0, ranks = 1;
  int64_t parts = 1;
  /// Throws Error{usage} unless a batch divides into the parts of all processes.
  void check(int64_t batch) const;
};

/// Draws without replacement: epoch e is the permutation (seed, e) of the set, and batches run across its end.
/// Row number n of all is the same for every batch size and after any resume.
class Loader {
 public:
  /// `first` is the number of the first row of the first batch; up to `ahead` parts are read at a time.
  /// Throws Error{data}: no rows, a source of another shape, a pair without a partner; Error{usage} as Share::check().
  Loader(const Drawn& drawn, int64_t batch, uint64_t seed, int64_t first, const Share& share = {}, int64_t ahead = 4);
  ~Loader();
  /// The share's next part.
  Batch next();

 private:
  Batch load(int64_t first) const;
  /// Starts reading the part after the last.
  void read_ahead();
  Drawn drawn_;
  int64_t batch_;
  uint64_t seed_;
  int64_t first_;
  Share share_;
  int64_t started_ = 0;  ///< parts
  std::deque<std::future<Batch>> ahead_;
};

}  // namespace athanor::data
