// Sums of float64 with an error that does not grow with their length.
#pragma once

#include <cmath>
#include <cstddef>

namespace athanor::array {

/// A sum and what rounding has taken from it.
///
/// Accuracy: |value() − Σx| ≤ 2⁻⁵²·|Σx| + n²·2⁻¹⁰⁵·Σ|x| for n terms.
/// Source: Ogita, Rump and Oishi, "Accurate sum and dot product", SIAM J. Sci. Comput. 26 (2005), algorithm 4.4.
class Sum {
 public:
  void add(double x) {
    const double sum = sum_ + x, part = sum - sum_;
    rest_ += (sum_ - (sum - part)) + (x - part);
    sum_ = sum;
  }
  void add(const Sum& other) {
    add(other.sum_);
    rest_ += other.rest_;
  }
  double value() const { return std::isfinite(sum_) ? sum_ + rest_ : sum_; }

 private:
  double sum_ = 0, rest_ = 0;
};

/// Terms are added into this many sums in turn, and those in pairs: the order is the same on every processor, and
/// leaves room for vectors. Of n terms, |result − Σx| ≤ (n/16 + 4)·2⁻⁵³·Σ|x|.
inline constexpr size_t kLanes = 16;

/// Σ term(x[i]) over n elements.
template <class T, class Term>
[[gnu::always_inline]] inline double lane_sum(const T* x, size_t n, Term term) {
  double lanes[kLanes] = {};
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += term(x[i + lane]);
  for (size_t lane = 0; i < n; ++i, ++lane) lanes[lane] += term(x[i]);
  for (size_t step = kLanes / 2; step > 0; step /= 2)
    for (size_t lane = 0; lane < step; ++lane) lanes[lane] += lanes[lane + step];
  return lanes[0];
}

}  // namespace athanor::array
