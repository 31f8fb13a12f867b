// Rows of one length, as measures compare them.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "math/product.h"

namespace athanor::similarity {

/// float32 [count, dimension].
struct Rows {
  int64_t dimension = 0;
  std::vector<float> values = {};

  int64_t count() const { return dimension == 0 ? 0 : int64_t(values.size()) / dimension; }
  std::span<const float> row(int64_t i) const { return part(i, 1); }
  /// Rows first … first + n − 1.
  std::span<const float> part(int64_t first, int64_t n) const {
    return std::span(values).subspan(size_t(first * dimension), size_t(n * dimension));
  }
  math::Vectors vectors(int64_t first, int64_t n) const { return math::rows_of(part(first, n), dimension); }
  math::Vectors vectors() const { return vectors(0, count()); }
};

/// These rows of them.
Rows select(const Rows& rows, std::span<const int64_t> numbers);

/// Throws Error{data} unless both have rows of one length, and the first at least `least` and the second too:
/// "kid: needs at least 3 rows of each set, got 2 and 10".
void check_pair(const Rows& a, const Rows& b, int64_t least, std::string_view measure);

}  // namespace athanor::similarity
