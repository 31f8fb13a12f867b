// All pairs of rows of two sets, a tile at a time.
#pragma once

#include <functional>

#include "similarity/rows.h"

namespace athanor::similarity {

/// Inner products of rows [row, row + rows) of one set and [column, column + columns) of the other.
struct PairTile {
  int64_t row, rows, column, columns;
  const double* products;  ///< [rows, columns]
  double at(int64_t i, int64_t j) const { return products[i * columns + j]; }
};

/// Rows of a tile.
inline constexpr int64_t kTileRows = 256;

/// Calls f for tiles that cover all pairs. Those of the same rows come one after another, columns ascending, in one
/// thread; those of other rows at the same time in others. A product has the same bits wherever its rows stand.
void for_pairs(const Rows& a, const Rows& b, int64_t threads, const std::function<void(const PairTile&)>& f);

/// ‖x‖² of each row, by the same sums as the products.
std::vector<double> squared_norms(const Rows& rows);

/// ‖x − y‖² of two rows, by the difference itself.
double squared_distance(std::span<const float> x, std::span<const float> y);

}  // namespace athanor::similarity
