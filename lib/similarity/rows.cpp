#include "similarity/rows.h"

#include <algorithm>

#include "core/check.h"

namespace athanor::similarity {

Rows select(const Rows& rows, std::span<const int64_t> numbers) {
  Rows chosen{.dimension = rows.dimension};
  chosen.values.reserve(numbers.size() * size_t(rows.dimension));
  for (const int64_t i : numbers) std::ranges::copy(rows.row(i), std::back_inserter(chosen.values));
  return chosen;
}

void check_pair(const Rows& a, const Rows& b, int64_t least, std::string_view measure) {
  require(a.dimension == b.dimension, "{}: rows of {} numbers against rows of {}", measure, a.dimension, b.dimension);
  require(std::min(a.count(), b.count()) >= least, "{}: needs at least {} rows of each set, got {} and {}", measure,
          least, a.count(), b.count());
}

}  // namespace athanor::similarity
