// A picture of a comparison: how the local cosines are distributed, and what they have to do with the norms.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "array/products.h"
#include "core/work.h"
#include "cosine/quantiles.h"

namespace athanor::cosine {

/// Cosine and ratio of norms of some groups: of all, as long as they are at most 8,192; of more, of every second,
/// fourth …
class Points {
 public:
  void add(const array::Products& group);
  /// (‖y‖/‖x‖, cosine).
  const std::vector<std::pair<double, double>>& list() const { return points_; }

 private:
  std::vector<std::pair<double, double>> points_;
  uint64_t number_ = 0, stride_ = 1;
};

/// A histogram of the cosines, and the points. Throws as image::plot.
void draw(const std::string& path, Quantiles& cosines, const Points& points, const Remark& remark);

}  // namespace athanor::cosine
