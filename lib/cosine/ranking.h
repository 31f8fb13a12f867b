// The groups of a comparison that matter most, of however many there are.
#pragma once

#include <string>
#include <vector>

#include "array/products.h"
#include "cosine/grouping.h"

namespace athanor::cosine {

/// A group's line in a table.
struct Ranked {
  std::string name;
  array::Products products;
};

/// deficit: what a group takes from the global cosine, X_g·Y_g·(1 − c_g); cosine: the lowest c_g; ratio: ‖y‖/‖x‖ that
/// are farthest, by their logarithm, from that of the whole.
class Ranking {
 public:
  /// Keeps `most` groups, 0: all.
  Ranking(std::string order, size_t most);
  void add(const GroupName& name, const array::Products& group);
  /// Those kept, the first in order first; `ratio` is the whole's ‖y‖/‖x‖.
  std::vector<Ranked> sorted(double ratio) const;

 private:
  struct Entry {
    double key;
    uint64_t number;  ///< of its coming: among equals the earlier are kept
    Ranked group;
    bool operator<(const Entry& other) const { return key != other.key ? key > other.key : number < other.number; }
  };
  void keep(std::vector<Entry>& entries, double key, const GroupName& name, const array::Products& group) const;
  std::string order_;
  size_t most_;
  uint64_t number_ = 0;
  std::vector<Entry> high_, low_;  ///< heaps, the one that goes first on top; low_ of ratios alone
};

}  // namespace athanor::cosine
