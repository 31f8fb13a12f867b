// Rows of a dataset as features.
#pragma once

#include <functional>

#include "core/work.h"
#include "data/dataset.h"
#include "similarity/features.h"
#include "similarity/resampling.h"
#include "similarity/rows.h"

namespace athanor::similarity {

/// One of the sets that are compared.
struct Set {
  const data::Dataset& rows;
  const Features& features;
  std::vector<int64_t> chosen = {};  ///< numbers of the rows that are looked at; empty: all
  int64_t count() const { return chosen.empty() ? rows.size() : int64_t(chosen.size()); }
  int64_t number(int64_t i) const { return chosen.empty() ? i : chosen[size_t(i)]; }
};

/// The set with what a limit leaves of it: so many rows, chosen by the seed; 0: all.
Set limited(const data::Dataset& rows, const Features& features, int64_t limit, uint64_t seed, Choice choice);

/// Calls f(first, features of rows first, first + 1, …) for all of its rows in their order, a block at a time. Throws
/// Error{data} that names set, features and row where a feature is not finite, as read_rows() does: measures sort.
void for_blocks(const Set& set, int64_t threads, const Progress& progress,
                const std::function<void(int64_t first, const Rows& block)>& f);

/// Features of these of its rows, in the order that is given.
Rows read_rows(const Set& set, std::span<const int64_t> numbers, int64_t threads, const Progress& progress);

}  // namespace athanor::similarity
