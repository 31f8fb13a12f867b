// How sure a figure is, by drawing its rows anew.
//
// Of n rows, n are drawn with replacement, and the figure is taken of those. Rows that come twice make all distances
// between sets larger, as fewer rows would: the resampled values lie about something else than the figure. What they
// tell is how far apart such figures lie; so the interval is theirs, moved until their mean is the figure.
//
// Source: Efron and Tibshirani, "An introduction to the bootstrap" (1993), chapters 6, 13 and (the shift) 10.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace athanor::similarity {

/// What resampling says of a figure.
struct Confidence {
  double error = 0;          ///< standard deviation of the resampled values
  double low = 0, high = 0;  ///< 95 % interval of the figure at this number of rows
};

/// How often each of n rows is drawn in n draws: decided by (seed, set, resample).
std::vector<int64_t> draw_with_replacement(int64_t n, uint64_t seed, uint32_t set, uint64_t resample);
/// `value` of the rows themselves, `resampled` of at least 2 sets of drawn ones.
Confidence confidence_of(double value, std::vector<double> resampled);
/// Of the mean of these numbers.
Confidence confidence_of_mean(std::span<const double> each, int64_t resamples, uint64_t seed, uint32_t set);

/// What rows are chosen for; the numbers are part of every result.
enum class Choice : uint32_t {
  reference = 0,
  samples = 1,
  reference_groups = 2,
  sample_groups = 3,
  reference_limit = 4,
  sample_limit = 5,
  subsets = 16  ///< and on, two for each
};
/// Choice `first` + n.
inline Choice operator+(Choice first, int64_t n) { return Choice(uint32_t(first) + uint32_t(n)); }

/// `count` of the numbers 0 … n − 1 in ascending order, chosen by (seed, choice); all of them where count ≥ n. Those
/// after `skip` others of the same choice: two calls with ranges that do not overlap share no number.
std::vector<int64_t> choose(int64_t n, int64_t count, uint64_t seed, Choice choice, int64_t skip = 0);
/// 0 … n − 1 dealt out to `groups` groups whose sizes differ by one at most: the group of each.
std::vector<int32_t> deal(int64_t n, int64_t groups, uint64_t seed, Choice choice);

}  // namespace athanor::similarity
