#include "array/statistics.h"

#include <algorithm>
#include <array>
#include <bit>
#include <type_traits>

#include "array/blocks.h"
#include "array/clones.h"
#include "core/check.h"

namespace athanor::array {
namespace {

struct Scan {
  uint64_t zeros, specials;
  double min, max;
};

/// Floats are compared as integers in the same order, which processors do in any grouping with the same result.
template <class T>
[[gnu::always_inline]] inline Scan scan_values(const T* x, size_t n) {
  using Key = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;
  constexpr Key magnitude_mask = std::numeric_limits<Key>::max();
  const Key infinity = std::bit_cast<Key>(std::numeric_limits<T>::infinity());
  const auto flip = [](Key bits) { return Key(bits ^ ((bits >> (8 * sizeof(Key) - 1)) & magnitude_mask)); };
  Key zeros = 0, specials = 0, low = magnitude_mask, high = std::numeric_limits<Key>::min();
  for (size_t i = 0; i < n; ++i) {
    const Key bits = std::bit_cast<Key>(x[i]), magnitude = bits & magnitude_mask, key = flip(bits);
    zeros += magnitude == 0;
    specials += magnitude >= infinity;
    low = key < low ? key : low;
    high = key > high ? key : high;
  }
  return {uint64_t(zeros), uint64_t(specials), double(std::bit_cast<T>(flip(low))),
          double(std::bit_cast<T>(flip(high)))};
}
template <class T>
[[gnu::always_inline]] inline double squares_about(const T* x, size_t n, double mean) {
  return lane_sum(x, n, [mean](T v) {
    const double d = double(v) - mean;
    return d * d;
  });
}

ATHANOR_CLONES Scan scan(const float* x, size_t n) { return scan_values(x, n); }
ATHANOR_CLONES Scan scan(const double* x, size_t n) { return scan_values(x, n); }
ATHANOR_CLONES double sum_of(const float* x, size_t n) {
  return lane_sum(x, n, [](float v) { return double(v); });
}
ATHANOR_CLONES double sum_of(const double* x, size_t n) {
  return lane_sum(x, n, [](double v) { return v; });
}
ATHANOR_CLONES double squares_of(const float* x, size_t n, double mean) { return squares_about(x, n, mean); }
ATHANOR_CLONES double squares_of(const double* x, size_t n, double mean) { return squares_about(x, n, mean); }

template <class T>
Statistics of_block(std::span<T> x) {
  Statistics block;
  block.count = x.size();
  Scan found = scan(x.data(), x.size());
  block.zeros = found.zeros;
  if (found.specials > 0) {  // the finite values move together
    block.nans = uint64_t(std::ranges::count_if(x, [](T v) { return std::isnan(v); }));
    block.infinities = found.specials - block.nans;
    const auto finite = std::remove_if(x.begin(), x.end(), [](T v) { return !std::isfinite(v); });
    x = x.first(size_t(finite - x.begin()));
    found = scan(x.data(), x.size());
  }
  if (x.empty()) return block;
  block.min = found.min;
  block.max = found.max;
  block.total.add(sum_of(x.data(), x.size()));
  block.about_mean.add(squares_of(x.data(), x.size(), block.mean()));
  return block;
}

template <class T>
void add_blocks(Statistics& statistics, DType dtype, std::span<const std::byte> bytes) {
  std::array<T, kBlock> block;
  const size_t size = size_of(dtype), count = bytes.size() / size;
  for (size_t i = 0; i < count; i += kBlock) {
    const std::span<T> values(block.data(), std::min(kBlock, count - i));
    load(dtype, bytes.data() + i * size, values);
    statistics.merge(of_block(values));
  }
}

}  // namespace

double Statistics::mean() const { return mean_of(sum()); }
double Statistics::rms() const { return std::sqrt(mean_of(about_mean.value()) + mean() * mean()); }
double Statistics::deviation() const { return std::sqrt(mean_of(about_mean.value())); }
double Statistics::mean_of(double whole) const {
  return finite() == 0 ? std::numeric_limits<double>::quiet_NaN() : whole / double(finite());
}

void Statistics::add(DType dtype, std::span<const std::byte> bytes) {
  require(bytes.size() % size_of(dtype) == 0, "statistics: {} bytes of {}", bytes.size(), to_text(dtype));
  if (fits_float32(dtype))
    add_blocks<float>(*this, dtype, bytes);
  else
    add_blocks<double>(*this, dtype, bytes);
}

void Statistics::merge(const Statistics& other) {
  const auto ours = double(finite()), theirs = double(other.finite());
  if (ours > 0 && theirs > 0) {
    const double apart = other.mean() - mean();
    about_mean.add(apart * apart * (ours / (ours + theirs) * theirs));
  }
  about_mean.add(other.about_mean);
  total.add(other.total);
  min = std::fmin(min, other.min);
  max = std::fmax(max, other.max);
  count += other.count;
  zeros += other.zeros;
  nans += other.nans;
  infinities += other.infinities;
}

}  // namespace athanor::array
