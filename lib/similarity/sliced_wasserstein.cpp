#include "similarity/sliced_wasserstein.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/check.h"
#include "core/parallel.h"
#include "core/random.h"

namespace athanor::similarity {
namespace {

int64_t total(std::span<const double> values, std::span<const int64_t> times) {
  return times.empty() ? int64_t(values.size()) : std::accumulate(times.begin(), times.end(), int64_t{0});
}

/// Goes along one step function: the value at the place where it stands, and how many equal parts of 1/(all) are left
/// of it.
struct Steps {
  std::span<const double> values;
  std::span<const int64_t> times;
  int64_t each;  ///< parts of one row
  size_t at = 0;
  int64_t left = 0;
  Steps(std::span<const double> of, std::span<const int64_t> counts, int64_t parts)
      : values(of), times(counts), each(parts), left(parts_of(0)) {
    skip_empty();
  }
  int64_t parts_of(size_t i) const { return i < values.size() ? (times.empty() ? 1 : times[i]) * each : 0; }
  void take(int64_t parts) {
    left -= parts;
    skip_empty();
  }
  void skip_empty() {
    while (left == 0 && at < values.size()) left = parts_of(++at);
  }
};

}  // namespace

std::vector<double> random_directions(int64_t count, int64_t dimension, uint64_t seed) {
  std::vector<double> all(size_t(count * dimension));
  for (int64_t i = 0; i < count; ++i) {
    const std::span<double> direction = std::span(all).subspan(size_t(i * dimension), size_t(dimension));
    Random(seed, uint64_t(i), Purpose::projection).fill_normal(direction);
    double squares = 0;
    for (const double v : direction) squares += v * v;
    for (double& v : direction) v /= std::sqrt(squares);
  }
  return all;
}

double wasserstein_squared(std::span<const double> a, std::span<const double> b, std::span<const int64_t> a_times,
                           std::span<const int64_t> b_times) {
  const int64_t n = total(a, a_times), m = total(b, b_times);
  require(n > 0 && m > 0, "sliced-wasserstein: a set is empty");
  // Of n·m equal parts, a row of a is m and a row of b n.
  const int64_t common = std::gcd(n, m);
  Steps x(a, a_times, m / common), y(b, b_times, n / common);
  double sum = 0;
  while (x.at < a.size() && y.at < b.size()) {
    const int64_t parts = std::min(x.left, y.left);
    const double apart = a[x.at] - b[y.at];
    sum += double(parts) * apart * apart;
    x.take(parts);
    y.take(parts);
  }
  return sum / (double(n) * double(m / common));
}

Projections::Projections(const Rows& rows, std::span<const double> directions, int64_t threads) {
  const int64_t n = rows.count();
  require(n > 0 && n <= std::numeric_limits<int32_t>::max(), "sliced-wasserstein: a set of {} rows", n);
  const math::Vectors all = math::rows_of(directions, rows.dimension);
  std::vector<double> products(size_t(all.count * n), 0.0);
  math::add_products(all, rows.vectors(), products.data(), n, threads);
  sorted_.resize(size_t(all.count));
  order_.resize(size_t(all.count));
  in_parallel(all.count, threads, [&](int64_t i) {
    const std::span<const double> values = std::span(products).subspan(size_t(i * n), size_t(n));
    std::vector<int32_t>& order = order_[size_t(i)];
    order.resize(size_t(n));
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, [&](int32_t a, int32_t b) {
      return values[size_t(a)] < values[size_t(b)] || (values[size_t(a)] == values[size_t(b)] && a < b);
    });
    for (const int32_t row : order) sorted_[size_t(i)].push_back(values[size_t(row)]);
  });
}

std::vector<int64_t> Projections::reordered(int64_t direction, std::span<const int64_t> times) const {
  std::vector<int64_t> in_order;
  if (times.empty()) return in_order;
  for (const int32_t row : order_[size_t(direction)]) in_order.push_back(times[size_t(row)]);
  return in_order;
}

SlicedDistance sliced_wasserstein(const Projections& a, const Projections& b, int64_t threads,
                                  std::span<const int64_t> a_times, std::span<const int64_t> b_times) {
  const int64_t count = a.directions();
  require(count > 0 && count == b.directions(), "sliced-wasserstein: {} directions against {}", count, b.directions());
  SlicedDistance distance;
  distance.squares.resize(size_t(count));
  in_parallel(count, threads, [&](int64_t i) {
    distance.squares[size_t(i)] =
        wasserstein_squared(a.along(i), b.along(i), a.reordered(i, a_times), b.reordered(i, b_times));
  });
  const auto n = double(count);
  const double mean = std::accumulate(distance.squares.begin(), distance.squares.end(), 0.0) / n;
  double about = 0;
  for (const double s : distance.squares) about += (s - mean) * (s - mean);
  distance.value = std::sqrt(mean);
  // SW₂ is the root of the mean: its error is the mean's, divided by twice the root.
  if (count > 1 && mean > 0) distance.error = std::sqrt(about / (n - 1) / n) / (2 * distance.value);
  return distance;
}

}  // namespace athanor::similarity
