#include "array/products.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "array/blocks.h"
#include "array/clones.h"

namespace athanor::array {
namespace {

/// Sums of a block, each in four lanes, which fill the registers of a processor with eight of them.
constexpr size_t kWidth = 4;
struct Lanes {
  double sum[kWidth] = {};
  [[gnu::always_inline]] double total() const { return (sum[0] + sum[2]) + (sum[1] + sum[3]); }
};

struct Block {
  double xy, xx, yy, apart, opposed, x, y;
};
ATHANOR_CLONES Block products(const double* x, const double* y, size_t n) {
  Lanes xy, xx, yy, apart, opposed, sum_x, sum_y;
  const auto add = [&](size_t i, size_t lane) {
    const double p = x[i] * y[i], d = x[i] - y[i];
    xy.sum[lane] += p;
    opposed.sum[lane] += p < 0 ? -p : 0;
    xx.sum[lane] += x[i] * x[i];
    yy.sum[lane] += y[i] * y[i];
    apart.sum[lane] += d * d;
    sum_x.sum[lane] += x[i];
    sum_y.sum[lane] += y[i];
  };
  size_t i = 0;
  for (; i + kWidth <= n; i += kWidth)
    for (size_t lane = 0; lane < kWidth; ++lane) add(i + lane, lane);
  for (size_t lane = 0; i < n; ++i, ++lane) add(i, lane);
  return {xy.total(), xx.total(), yy.total(), apart.total(), opposed.total(), sum_x.total(), sum_y.total()};
}

struct Centred {
  double xy, xx, yy;
};
ATHANOR_CLONES Centred about_means(const double* x, const double* y, size_t n, double mean_x, double mean_y) {
  Lanes xy, xx, yy;
  const auto add = [&](size_t i, size_t lane) {
    const double u = x[i] - mean_x, v = y[i] - mean_y;
    xy.sum[lane] += u * v;
    xx.sum[lane] += u * u;
    yy.sum[lane] += v * v;
  };
  size_t i = 0;
  for (; i + kWidth <= n; i += kWidth)
    for (size_t lane = 0; lane < kWidth; ++lane) add(i + lane, lane);
  for (size_t lane = 0; i < n; ++i, ++lane) add(i, lane);
  return {xy.total(), xx.total(), yy.total()};
}

struct Signs {
  uint64_t same, opposite;
};
/// By the signs themselves: a product of two small numbers may be 0.
ATHANOR_CLONES Signs signs(const double* x, const double* y, size_t n) {
  uint64_t same = 0, opposite = 0;
  for (size_t i = 0; i < n; ++i) {
    const uint64_t up = uint64_t(x[i] > 0) & uint64_t(y[i] > 0), down = uint64_t(x[i] < 0) & uint64_t(y[i] < 0);
    const uint64_t none = uint64_t(x[i] == 0) | uint64_t(y[i] == 0);
    same += up | down;
    opposite += 1 - (up | down | none);
  }
  return {same, opposite};
}

/// How many pairs are not finite. They leave the arrays, whose other pairs move together.
size_t leave_out_specials(std::span<double> x, std::span<double> y) {
  size_t kept = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (!std::isfinite(x[i]) || !std::isfinite(y[i])) continue;
    x[kept] = x[i];
    y[kept++] = y[i];
  }
  return x.size() - kept;
}

Products of_block(std::span<double> x, std::span<double> y) {
  Products found;
  Block sums = products(x.data(), y.data(), x.size());
  if (!std::isfinite(sums.apart) || !std::isfinite(sums.xx)) {
    found.not_finite = leave_out_specials(x, y);
    x = x.first(x.size() - found.not_finite);
    sums = products(x.data(), y.data(), x.size());
  }
  found.count = x.size();
  if (x.empty()) return found;
  found.xy.add(sums.xy);
  found.xx.add(sums.xx);
  found.yy.add(sums.yy);
  found.apart.add(sums.apart);
  found.opposed.add(sums.opposed);
  found.x.add(sums.x);
  found.y.add(sums.y);
  const auto n = double(x.size());
  const Centred centred = about_means(x.data(), y.data(), x.size(), sums.x / n, sums.y / n);
  found.covariance.add(centred.xy);
  found.variance_x.add(centred.xx);
  found.variance_y.add(centred.yy);
  const Signs agree = signs(x.data(), y.data(), x.size());
  found.same_sign = agree.same;
  found.opposite_sign = agree.opposite;
  return found;
}

/// Zeros make NaN, an infinity or 0 of a quotient, none of which is wanted.
ATHANOR_CLONES Ratios ratios_of(const double* x, const double* y, size_t n) {
  double least[kWidth], greatest[kWidth];
  std::fill_n(least, kWidth, std::numeric_limits<double>::infinity());
  std::fill_n(greatest, kWidth, 0.0);
  const auto add = [&](size_t i, size_t lane) {
    const double ratio = std::abs(y[i] / x[i]);
    least[lane] = ratio > 0 && ratio < least[lane] ? ratio : least[lane];
    greatest[lane] =
        ratio <= std::numeric_limits<double>::max() && ratio > greatest[lane] ? ratio : greatest[lane];
  };
  size_t i = 0;
  for (; i + kWidth <= n; i += kWidth)
    for (size_t lane = 0; lane < kWidth; ++lane) add(i + lane, lane);
  for (; i < n; ++i) add(i, 0);
  return {*std::min_element(least, least + kWidth), *std::max_element(greatest, greatest + kWidth)};
}

}  // namespace

Ratios ratios(std::span<const double> x, std::span<const double> y) { return ratios_of(x.data(), y.data(), x.size()); }

double Products::deficit() const {
  const double norms = norm_x() * norm_y(), longer = norm_x() - norm_y();
  return (apart.value() - longer * longer) / (2 * norms);
}

void Products::add(std::span<double> left, std::span<double> right) {
  for (size_t i = 0; i < left.size(); i += kBlock) {
    const size_t n = std::min(kBlock, left.size() - i);
    merge(of_block(left.subspan(i, n), right.subspan(i, n)));
  }
}

void Products::merge(const Products& other) {
  const auto ours = double(count), theirs = double(other.count);
  if (ours > 0 && theirs > 0) {  // as in statistics.h
    const double weight = ours / (ours + theirs) * theirs;
    const double u = other.x.value() / theirs - x.value() / ours, v = other.y.value() / theirs - y.value() / ours;
    covariance.add(u * v * weight);
    variance_x.add(u * u * weight);
    variance_y.add(v * v * weight);
  }
  covariance.add(other.covariance);
  variance_x.add(other.variance_x);
  variance_y.add(other.variance_y);
  for (const auto& [mine, more] : {std::pair{&xy, &other.xy}, {&xx, &other.xx}, {&yy, &other.yy},
                                   {&apart, &other.apart}, {&opposed, &other.opposed}, {&x, &other.x},
                                   {&y, &other.y}})
    mine->add(*more);
  count += other.count;
  not_finite += other.not_finite;
  same_sign += other.same_sign;
  opposite_sign += other.opposite_sign;
}

}  // namespace athanor::array
