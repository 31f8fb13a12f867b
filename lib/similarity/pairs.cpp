#include "similarity/pairs.h"

#include <algorithm>

#include "core/parallel.h"

namespace athanor::similarity {
namespace {

constexpr int64_t kTileColumns = 1024;

}  // namespace

void for_pairs(const Rows& a, const Rows& b, int64_t threads, const std::function<void(const PairTile&)>& f) {
  in_parallel((a.count() + kTileRows - 1) / kTileRows, threads, [&](int64_t block) {
    std::vector<double> products(size_t(kTileRows * kTileColumns));
    PairTile tile{.row = block * kTileRows, .rows = 0, .column = 0, .columns = 0, .products = products.data()};
    tile.rows = std::min(kTileRows, a.count() - tile.row);
    for (; tile.column < b.count(); tile.column += kTileColumns) {
      tile.columns = std::min(kTileColumns, b.count() - tile.column);
      std::fill_n(products.data(), tile.rows * tile.columns, 0.0);
      math::add_products(a.vectors(tile.row, tile.rows), b.vectors(tile.column, tile.columns), products.data(),
                         tile.columns);
      f(tile);
    }
  });
}

std::vector<double> squared_norms(const Rows& rows) {
  std::vector<double> norms(size_t(rows.count()), 0.0);
  for (int64_t i = 0; i < rows.count(); ++i) {
    const math::Vectors one = rows.vectors(i, 1);
    math::add_products(one, one, &norms[size_t(i)], 1);
  }
  return norms;
}

double squared_distance(std::span<const float> x, std::span<const float> y) {
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double apart = double(x[i]) - double(y[i]);
    sum += apart * apart;
  }
  return sum;
}

}  // namespace athanor::similarity
