#include "similarity/resampling.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/check.h"
#include "core/random.h"

namespace athanor::similarity {
namespace {

/// Of sorted values, between neighbours in a straight line.
double quantile(std::span<const double> sorted, double p) {
  const double at = p * double(sorted.size() - 1);
  const auto i = std::min(size_t(at), sorted.size() - 2);
  return sorted[i] + (at - double(i)) * (sorted[i + 1] - sorted[i]);
}

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
}

}  // namespace

std::vector<int64_t> draw_with_replacement(int64_t n, uint64_t seed, uint32_t set, uint64_t resample) {
  Random random(seed, resample, Purpose::resampling, set);
  std::vector<int64_t> times(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) ++times[random.below(uint64_t(n))];
  return times;
}

Confidence confidence_of(double value, std::vector<double> resampled) {
  require(resampled.size() >= 2, "resampling: needs at least 2 sets, got {}", resampled.size());
  std::ranges::sort(resampled);
  const double mean = mean_of(resampled);
  double squares = 0;
  for (const double v : resampled) squares += (v - mean) * (v - mean);
  return {.error = std::sqrt(squares / double(resampled.size() - 1)),
          .low = value + quantile(resampled, 0.025) - mean,
          .high = value + quantile(resampled, 0.975) - mean};
}

Confidence confidence_of_mean(std::span<const double> each, int64_t resamples, uint64_t seed, uint32_t set) {
  std::vector<double> means;
  for (int64_t r = 0; r < resamples; ++r) {
    const std::vector<int64_t> times = draw_with_replacement(int64_t(each.size()), seed, set, uint64_t(r));
    double sum = 0;
    for (size_t i = 0; i < each.size(); ++i) sum += double(times[i]) * each[i];
    means.push_back(sum / double(each.size()));
  }
  return confidence_of(mean_of(each), std::move(means));
}

std::vector<int64_t> choose(int64_t n, int64_t count, uint64_t seed, Choice choice, int64_t skip) {
  require(n >= 1 && count >= 0 && skip >= 0 && skip + std::min(n, count) <= n, "cannot choose {} of {} after {}", count,
          n, skip);
  std::vector<int64_t> chosen(static_cast<size_t>(std::min(n, count)));
  const Permutation order(uint64_t(n), seed, uint32_t(choice), Purpose::resampling);
  for (size_t i = 0; i < chosen.size(); ++i) chosen[i] = int64_t(order[uint64_t(skip) + i]);
  std::ranges::sort(chosen);
  return chosen;
}

std::vector<int32_t> deal(int64_t n, int64_t groups, uint64_t seed, Choice choice) {
  std::vector<int32_t> group(static_cast<size_t>(n));
  const Permutation order(uint64_t(n), seed, uint32_t(choice), Purpose::resampling);
  for (int64_t i = 0; i < n; ++i) group[size_t(i)] = int32_t(order[uint64_t(i)] % uint64_t(groups));
  return group;
}

}  // namespace athanor::similarity
