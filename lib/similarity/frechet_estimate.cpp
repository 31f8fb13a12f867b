#include "similarity/frechet_estimate.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace athanor::similarity {
namespace {

/// Of rows that are too many to be drawn one by one.
constexpr int64_t kGroups = 32;

/// A set of rows, of which the Gaussian of all, of a part and of drawn rows can be had.
class Source {
 public:
  Source(const Set& set, const FrechetOptions& options, uint32_t number, const Progress& progress)
      : set_(set), options_(options), number_(number), progress_(progress), held_(set.count() <= dimension()) {
    require(set.count() >= 2, "frechet: needs at least 2 rows of each set, got {} of {}", set.count(), set.rows.name());
    if (held_) rows_ = read_rows(set, all(), options.threads, progress);
  }
  int64_t count() const { return set_.count(); }

  /// Of `part` rows chosen by the seed, of the others, and of all; of all alone where part is 0.
  std::vector<Gaussian> split(int64_t part) {
    std::vector<bool> inside(size_t(count()), part == 0);
    if (part > 0)
      for (const int64_t i : choose(count(), part, options_.seed, Choice::reference)) inside[size_t(i)] = true;
    if (held_) return split_held(inside, part);
    std::vector<MomentSums> sums = accumulate(part > 0 ? 2 : 1, [&](int64_t i) { return inside[size_t(i)] ? 0 : 1; });
    std::vector<Gaussian> parts;
    if (part > 0) {
      for (const MomentSums& s : sums) parts.push_back(gaussian_of(s.moments(), options_.threads));
      sums[0].add(sums[1]);
    }
    moments_ = sums[0].moments();
    parts.push_back(gaussian_of(moments_, options_.threads));
    return parts;
  }

  /// Of all rows, after split().
  Moments moments() {
    if (!held_) return std::move(moments_);
    MomentAccumulator accumulator(dimension(), options_.threads);
    accumulator.add(rows_.values);
    return accumulator.sums().moments();
  }

  /// Of drawn rows.
  Gaussian resampled(uint64_t resample) {
    const auto draw = [&](int64_t n) { return draw_with_replacement(n, options_.seed, number_, resample); };
    if (held_) return gaussian_of(rows_, draw(count()));
    if (groups_.empty()) {
      const std::vector<int32_t> group = deal(count(), groups(), options_.seed, Choice::reference_groups + number_);
      groups_ = accumulate(groups(), [&](int64_t i) { return group[size_t(i)]; });
    }
    MomentSums sums(dimension());
    const std::vector<int64_t> times = draw(groups());
    for (size_t g = 0; g < times.size(); ++g) sums.add(groups_[g], double(times[g]));
    return gaussian_of(sums.moments(), options_.threads);
  }

 private:
  int64_t dimension() const { return set_.features.dimension(); }
  int64_t groups() const { return std::min(kGroups, count()); }
  std::vector<int64_t> all() const {
    std::vector<int64_t> numbers(static_cast<size_t>(set_.count()));
    std::iota(numbers.begin(), numbers.end(), int64_t{0});
    return numbers;
  }
  std::vector<Gaussian> split_held(const std::vector<bool>& inside, int64_t part) const {
    std::vector<int64_t> first, second;
    for (int64_t i = 0; i < count(); ++i) (inside[size_t(i)] ? first : second).push_back(i);
    std::vector<Gaussian> parts;
    if (part > 0) parts = {gaussian_of(select(rows_, first)), gaussian_of(select(rows_, second))};
    parts.push_back(gaussian_of(rows_));
    return parts;
  }
  std::vector<MomentSums> accumulate(int64_t parts, const std::function<int64_t(int64_t)>& part_of) const {
    std::vector<MomentAccumulator> accumulators(static_cast<size_t>(parts),
                                                MomentAccumulator(dimension(), options_.threads));
    for_blocks(set_, options_.threads, progress_, [&](int64_t first, const Rows& block) {
      if (parts == 1) return accumulators[0].add(block.values);
      for (int64_t i = 0; i < block.count(); ++i) accumulators[size_t(part_of(first + i))].add(block.row(i));
    });
    std::vector<MomentSums> sums;
    for (MomentAccumulator& a : accumulators) sums.push_back(a.sums());
    return sums;
  }

  const Set& set_;
  FrechetOptions options_;
  uint32_t number_;  ///< 0: the reference, 1: the samples
  Progress progress_;
  bool held_;
  Rows rows_;
  Moments moments_;  ///< of rows that are not held
  std::vector<MomentSums> groups_;
};

/// The next of several works that are shown as one.
Progress after(const Progress& progress, int64_t done) {
  if (!progress) return {};
  return [progress, done](int64_t n) { progress(done + n); };
}

template <class Drawn>
std::optional<Confidence> confidence(double value, int64_t resamples, const Drawn& drawn) {
  if (resamples == 0) return {};
  std::vector<double> values;
  for (int64_t r = 0; r < resamples; ++r) values.push_back(drawn(uint64_t(r)));
  return confidence_of(value, std::move(values));
}

}  // namespace

FrechetEstimate estimate_frechet(const Set& reference, const Set& samples, const FrechetOptions& options,
                                 const Progress& progress) {
  Source real(reference, options, 0, progress), drawn(samples, options, 1, after(progress, reference.count()));
  const int64_t n = real.count(), part = n >= 4 ? std::min(drawn.count(), n / 2) : 0;
  const std::vector<Gaussian> parts = real.split(part);
  FrechetEstimate estimate{.value = frechet_distance(parts.back(), drawn.split(0)[0], options.threads)};
  if (part >= 2)
    estimate.floor =
        Floor{.value = frechet_distance(parts[1], parts[0], options.threads), .reference = n - part, .samples = part};
  if (options.moments) estimate.reference = real.moments();
  estimate.confidence = confidence(estimate.value, options.resamples, [&](uint64_t r) {
    return frechet_distance(real.resampled(r), drawn.resampled(r), options.threads);
  });
  return estimate;
}

FrechetEstimate estimate_frechet(const Moments& reference, const Set& samples, const FrechetOptions& options,
                                 const Progress& progress) {
  const Gaussian real = gaussian_of(reference, options.threads);
  Source drawn(samples, options, 1, progress);
  FrechetEstimate estimate{.value = frechet_distance(real, drawn.split(0)[0], options.threads)};
  estimate.confidence = confidence(estimate.value, options.resamples, [&](uint64_t r) {
    return frechet_distance(real, drawn.resampled(r), options.threads);
  });
  return estimate;
}

Moments moments_of(const Set& set, int64_t threads, const Progress& progress) {
  MomentAccumulator accumulator(set.features.dimension(), threads);
  for_blocks(set, threads, progress, [&](int64_t, const Rows& block) { accumulator.add(block.values); });
  return accumulator.sums().moments();
}

}  // namespace athanor::similarity
