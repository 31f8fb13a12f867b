#include "similarity/kernel_mmd.h"

#include <algorithm>
#include <cmath>

#include "array/sum.h"
#include "core/check.h"
#include "similarity/pairs.h"
#include "similarity/resampling.h"

namespace athanor::similarity {
namespace {

using array::Sum;

/// k of an inner product and the two squared norms.
using Kernel = double (*)(double product, double x_squared, double y_squared, double parameter);
double polynomial(double product, double, double, double dimension) {
  const double base = product / dimension + 1;
  return base * base * base;
}
double gaussian(double product, double x_squared, double y_squared, double h) {
  return std::exp(-std::max(0.0, x_squared + y_squared - 2 * product) / (2 * h * h));
}

struct Side {
  const Rows& rows;
  std::vector<double> norms;
  explicit Side(const Rows& of) : rows(of), norms(squared_norms(of)) {}
};

/// Σ_j k(a_i, b_j) for each i, and Σ_i k(a_i, b_j) for each j. Within one set the pairs of a row with itself are left
/// out.
struct Sums {
  std::vector<double> rows, columns;
};
Sums kernel_sums(const Side& a, const Side& b, Kernel kernel, double parameter, int64_t threads) {
  const int64_t n = a.rows.count(), m = b.rows.count(), blocks = (n + kTileRows - 1) / kTileRows;
  const bool same = &a == &b;
  Sums sums{.rows = std::vector<double>(size_t(n), 0.0), .columns = std::vector<double>(size_t(m), 0.0)};
  // Column sums of each block of rows are added in the order of the blocks: threads decide nothing.
  std::vector<double> parts(same ? 0 : size_t(blocks * m), 0.0);
  for_pairs(a.rows, b.rows, threads, [&](const PairTile& tile) {
    double* const columns = same ? nullptr : parts.data() + tile.row / kTileRows * m;
    for (int64_t i = 0; i < tile.rows; ++i) {
      const int64_t row = tile.row + i;
      double sum = 0;
      for (int64_t j = 0; j < tile.columns; ++j) {
        const int64_t column = tile.column + j;
        const double k = kernel(tile.at(i, j), a.norms[size_t(row)], b.norms[size_t(column)], parameter);
        if (same && row == column) continue;
        sum += k;
        if (!same) columns[column] += k;
      }
      sums.rows[size_t(row)] += sum;
    }
  });
  for (int64_t block = 0; !same && block < blocks; ++block)
    for (int64_t j = 0; j < m; ++j) sums.columns[size_t(j)] += parts[size_t(block * m + j)];
  return sums;
}

double total(std::span<const double> values) {
  Sum sum;
  for (const double v : values) sum.add(v);
  return sum.value();
}

/// The jackknife's variance from leaving out rows of one set: `within` and `across` are the kernel's sums over each row
/// with its own set (of `size` rows) and the other (of `other`).
double leave_one_out(std::span<const double> within, std::span<const double> across, double other) {
  const auto size = double(within.size());
  const double all_within = total(within), all_across = total(across);
  std::vector<double> values;
  for (size_t i = 0; i < within.size(); ++i)
    values.push_back((all_within - 2 * within[i]) / ((size - 1) * (size - 2)) -
                     2 * (all_across - across[i]) / ((size - 1) * other));
  const double mean = total(values) / size;
  Sum squares;
  for (const double v : values) squares.add((v - mean) * (v - mean));
  return squares.value() * (size - 1) / size;
}

Mmd mmd(const Rows& x, const Rows& y, Kernel kernel, double parameter, int64_t threads) {
  const Side a(x), b(y);
  const std::vector<double> xx = kernel_sums(a, a, kernel, parameter, threads).rows;
  const std::vector<double> yy = kernel_sums(b, b, kernel, parameter, threads).rows;
  const Sums xy = kernel_sums(a, b, kernel, parameter, threads);
  const auto n = double(x.count()), m = double(y.count());
  return {.value = total(xx) / (n * (n - 1)) + total(yy) / (m * (m - 1)) - 2 * total(xy.rows) / (n * m),
          .error = std::sqrt(leave_one_out(xx, xy.rows, m) + leave_one_out(yy, xy.columns, n))};
}

}  // namespace

Mmd polynomial_mmd(const Rows& x, const Rows& y, int64_t threads) {
  check_pair(x, y, 3, "kid");
  return mmd(x, y, polynomial, double(x.dimension), threads);
}

Mmd gaussian_mmd(const Rows& x, const Rows& y, double h, int64_t threads) {
  check_pair(x, y, 3, "mmd");
  require(h > 0, "mmd: the bandwidth is {}", h);
  return mmd(x, y, gaussian, h, threads);
}

double median_distance(const Rows& x, const Rows& y, int64_t threads) {
  check_pair(x, y, 1, "mmd");
  Rows both{.dimension = x.dimension};
  for (const Rows* rows : {&x, &y}) {
    const int64_t n = rows->count(), most = std::min<int64_t>(n, 1000);
    for (int64_t i = 0; i < most; ++i) std::ranges::copy(rows->row(i * n / most), std::back_inserter(both.values));
  }
  const std::vector<double> norms = squared_norms(both);
  std::vector<std::vector<double>> parts(size_t(both.count()));
  for_pairs(both, both, threads, [&](const PairTile& tile) {
    for (int64_t i = 0; i < tile.rows; ++i)
      for (int64_t j = std::max<int64_t>(0, tile.row + i + 1 - tile.column); j < tile.columns; ++j)
        parts[size_t(tile.row + i)].push_back(norms[size_t(tile.row + i)] + norms[size_t(tile.column + j)] -
                                              2 * tile.at(i, j));
  });
  std::vector<double> squares;
  for (const std::vector<double>& part : parts) squares.insert(squares.end(), part.begin(), part.end());
  const auto middle = squares.begin() + int64_t(squares.size() / 2);
  std::ranges::nth_element(squares, middle);
  const double scale = *std::ranges::max_element(norms);
  require(*middle > 1e-12 * scale, "mmd: more than half of all rows are equal: the median distance is 0");
  return std::sqrt(*middle);
}

SubsetMmd subset_mmd(const Rows& x, const Rows& y, int64_t subsets, int64_t size, uint64_t seed, int64_t threads) {
  check_pair(x, y, std::max<int64_t>(3, size), "kid-subsets");
  std::vector<double> values;
  for (int64_t s = 0; s < subsets; ++s) {
    const auto part = [&](const Rows& rows, int64_t set) {
      return select(rows, choose(rows.count(), size, seed, Choice::subsets + (2 * s + set)));
    };
    values.push_back(polynomial_mmd(part(x, 0), part(y, 1), threads).value);
  }
  SubsetMmd found{.mean = total(values) / double(subsets)};
  Sum squares;
  for (const double v : values) squares.add((v - found.mean) * (v - found.mean));
  found.deviation = std::sqrt(squares.value() / double(subsets));
  return found;
}

}  // namespace athanor::similarity
