// Exact quantiles of more numbers than memory holds.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "io/spool.h"

namespace athanor::cosine {

/// Numbers, kept in an unlinked temporary file, 8 bytes each. None is NaN.
class Quantiles {
 public:
  /// Throws Error{io} (full disk).
  void add(double number);
  /// The p-quantile, 0 ≤ p ≤ 1, as numpy.quantile gives them: between two neighbours by the line through them. Of no
  /// numbers, NaN. Ends the adding. Four passes over the file for each of the two, in constant memory.
  double of(double p);
  /// How many lie in each of so many equal parts from the least to the greatest, and the bounds of the parts. Ends the
  /// adding.
  struct Histogram {
    std::vector<uint64_t> counts;
    double low = 0, high = 0;
  };
  Histogram histogram(size_t parts);
  uint64_t count() const { return count_; }

 private:
  void flush();
  const io::Input& all();
  std::unique_ptr<io::Spool> spool_ = std::make_unique<io::Spool>();
  std::optional<io::Input> all_;
  std::vector<double> waiting_;
  uint64_t count_ = 0;
};

}  // namespace athanor::cosine
