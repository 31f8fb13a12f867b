#include "similarity/neighbours.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

#include "core/check.h"
#include "core/parallel.h"
#include "similarity/pairs.h"

namespace athanor::similarity {
namespace {

struct Candidate {
  double distance = std::numeric_limits<double>::infinity();
  int64_t number = std::numeric_limits<int64_t>::max();
  auto operator<=>(const Candidate&) const = default;
};

/// The k least of those offered, in order.
class Least {
 public:
  explicit Least(int64_t k) : kept_(size_t(k)) {}
  double farthest() const { return kept_.back().distance; }
  /// Numbers come in ascending order: an equal distance is no better.
  void offer(double distance, int64_t number) {
    if (!(distance < farthest())) return;
    size_t i = kept_.size() - 1;
    for (; i > 0 && kept_[i - 1].distance > distance; --i) kept_[i] = kept_[i - 1];
    kept_[i] = {distance, number};
  }
  std::vector<Candidate>& kept() { return kept_; }

 private:
  std::vector<Candidate> kept_;
};

Nearest find(const Rows& queries, const Rows& among, int64_t k, bool within, int64_t threads) {
  const int64_t n = queries.count();
  Nearest found{
      .k = k, .distances = std::vector<double>(size_t(n * k)), .numbers = std::vector<int64_t>(size_t(n * k))};
  const std::vector<double> norms = squared_norms(among);
  std::vector<Least> least(static_cast<size_t>(n), Least(k));
  // ‖x‖² is the same for all of a row's neighbours.
  for_pairs(queries, among, threads, [&](const PairTile& tile) {
    for (int64_t i = 0; i < tile.rows; ++i) {
      const int64_t row = tile.row + i;
      for (int64_t j = 0; j < tile.columns; ++j) {
        const int64_t number = tile.column + j;
        if (!(within && number == row)) least[size_t(row)].offer(norms[size_t(number)] - 2 * tile.at(i, j), number);
      }
    }
  });
  in_parallel(n, threads, [&](int64_t i) {
    std::vector<Candidate>& kept = least[size_t(i)].kept();
    for (Candidate& c : kept) c.distance = std::sqrt(squared_distance(queries.row(i), among.row(c.number)));
    std::ranges::sort(kept);
    for (int64_t j = 0; j < k; ++j) {
      found.distances[size_t(i * k + j)] = kept[size_t(j)].distance;
      found.numbers[size_t(i * k + j)] = kept[size_t(j)].number;
    }
  });
  return found;
}

/// The square of each row's distance to its k-th neighbour.
std::vector<double> squared_radii(const Rows& rows, int64_t k, int64_t threads) {
  const Nearest found = nearest_within(rows, k, threads);
  std::vector<double> radii;
  for (int64_t i = 0; i < rows.count(); ++i) {
    const double radius = found.distances[size_t(i * k + k - 1)];
    radii.push_back(radius * radius);
  }
  return radii;
}

}  // namespace

Nearest nearest(const Rows& queries, const Rows& among, int64_t k, int64_t threads) {
  check_pair(queries, among, 1, "neighbours");
  require(k >= 1 && k <= among.count(), "neighbours: there are no {} among {} rows", k, among.count());
  return find(queries, among, k, false, threads);
}

Nearest nearest_within(const Rows& rows, int64_t k, int64_t threads) {
  require(k >= 1 && k < rows.count(), "neighbours: {} of each row need more than {} rows, got {}", k, k, rows.count());
  return find(rows, rows, k, true, threads);
}

Alikeness alikeness(const Rows& real, const Rows& samples, int64_t k, int64_t threads) {
  check_pair(real, samples, k + 1, "neighbours");
  const int64_t n = real.count(), m = samples.count();
  const std::vector<double> real_radii = squared_radii(real, k, threads);
  const std::vector<double> sample_radii = squared_radii(samples, k, threads);
  const std::vector<double> real_norms = squared_norms(real), sample_norms = squared_norms(samples);
  Alikeness a{.precision = std::vector<double>(size_t(m), 0.0),
              .recall = std::vector<double>(size_t(n), 0.0),
              .density = std::vector<double>(size_t(m), 0.0),
              .coverage = std::vector<double>(size_t(n), 0.0)};
  std::vector<int64_t> balls(size_t(m), 0);  // of real rows that hold the sample
  std::mutex mutex;
  for_pairs(real, samples, threads, [&](const PairTile& tile) {
    std::vector<int64_t> held(size_t(tile.columns), 0);
    for (int64_t i = 0; i < tile.rows; ++i) {
      const auto row = size_t(tile.row + i);
      for (int64_t j = 0; j < tile.columns; ++j) {
        const auto column = size_t(tile.column + j);
        const double distance = std::max(0.0, real_norms[row] + sample_norms[column] - 2 * tile.at(i, j));
        if (distance <= real_radii[row]) {
          ++held[size_t(j)];
          a.coverage[row] = 1;
        }
        if (distance <= sample_radii[column]) a.recall[row] = 1;
      }
    }
    const std::scoped_lock lock(mutex);
    for (int64_t j = 0; j < tile.columns; ++j) balls[size_t(tile.column + j)] += held[size_t(j)];
  });
  for (size_t j = 0; j < balls.size(); ++j) {
    a.precision[j] = balls[j] > 0 ? 1 : 0;
    a.density[j] = double(balls[j]) / double(k);
  }
  return a;
}

}  // namespace athanor::similarity
