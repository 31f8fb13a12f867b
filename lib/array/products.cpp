#include "array/products.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "array/blocks.h"
#include "array/clones.h"

namespace athanor::array {
namespace {

/// Four numbers side by side: one register where a processor has such, two elsewhere, with the same bits.
using Four = double __attribute__((vector_size(32)));
using FourWords = int64_t __attribute__((vector_size(32)));
constexpr size_t kWidth = 4;

/// The first n numbers and zeros after them, which change no sum. By reference: how vectors are handed over and
/// returned differs between processors.
[[gnu::always_inline]] inline void fetch(const double* x, size_t n, Four& out) {
  out = Four{};
  std::memcpy(&out, x, n * sizeof(double));
}
template <class Vector>
[[gnu::always_inline]] inline auto total(const Vector& v) {
  return (v[0] + v[2]) + (v[1] + v[3]);
}

struct Block {
  double xy, xx, yy, apart, opposed, x, y;
  uint64_t same_sign, opposite_sign;
};
/// Sums of a block, four in turn.
struct Sums {
  Four xy{}, xx{}, yy{}, apart{}, opposed{}, x{}, y{};
  FourWords same{}, opposite{};
  [[gnu::always_inline]] void add(const Four& u, const Four& v) {
    const Four p = u * v, d = u - v;
    xy += p;
    xx += u * u;
    yy += v * v;
    apart += d * d;
    opposed -= p < 0 ? p : Four{};
    x += u;
    y += v;
    same -= p > 0;
    opposite -= p < 0;
  }
};
ATHANOR_CLONES Block products(const double* x, const double* y, size_t n) {
  Sums sums;
  Four u, v;
  size_t i = 0;
  for (; i + kWidth <= n; i += kWidth) {
    fetch(x + i, kWidth, u);
    fetch(y + i, kWidth, v);
    sums.add(u, v);
  }
  if (i < n) {
    fetch(x + i, n - i, u);
    fetch(y + i, n - i, v);
    sums.add(u, v);
  }
  return {total(sums.xy),
          total(sums.xx),
          total(sums.yy),
          total(sums.apart),
          total(sums.opposed),
          total(sums.x),
          total(sums.y),
          uint64_t(total(sums.same)),
          uint64_t(total(sums.opposite))};
}

struct Centred {
  double xy, xx, yy;
};
ATHANOR_CLONES Centred about_means(const double* x, const double* y, size_t n, double mean_x, double mean_y) {
  Four xy{}, xx{}, yy{}, u, v;
  size_t i = 0;
  for (; i + kWidth <= n; i += kWidth) {
    fetch(x + i, kWidth, u);
    fetch(y + i, kWidth, v);
    u -= mean_x;
    v -= mean_y;
    xy += u * v;
    xx += u * u;
    yy += v * v;
  }
  Centred sums{total(xy), total(xx), total(yy)};
  for (; i < n; ++i) {
    const double a = x[i] - mean_x, b = y[i] - mean_y;
    sums = {sums.xy + a * b, sums.xx + a * a, sums.yy + b * b};
  }
  return sums;
}
/// What is about the means of a block. Where they are small beside the numbers, their part can be taken off the sums
/// without losing digits.
Centred centred(const double* x, const double* y, size_t n, const Block& sums) {
  const double mean_x = sums.x / double(n), mean_y = sums.y / double(n);
  const double means_xx = sums.x * mean_x, means_yy = sums.y * mean_y;
  if (means_xx * 16 > sums.xx || means_yy * 16 > sums.yy) return about_means(x, y, n, mean_x, mean_y);
  return {sums.xy - sums.x * mean_y, sums.xx - means_xx, sums.yy - means_yy};
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
  found.same_sign = sums.same_sign;
  found.opposite_sign = sums.opposite_sign;
  const Centred about = centred(x.data(), y.data(), x.size(), sums);
  found.covariance.add(about.xy);
  found.variance_x.add(about.xx);
  found.variance_y.add(about.yy);
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
    greatest[lane] = ratio <= std::numeric_limits<double>::max() && ratio > greatest[lane] ? ratio : greatest[lane];
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
  for (const auto& [mine, more] : {std::pair{&xy, &other.xy},
                                   {&xx, &other.xx},
                                   {&yy, &other.yy},
                                   {&apart, &other.apart},
                                   {&opposed, &other.opposed},
                                   {&x, &other.x},
                                   {&y, &other.y}})
    mine->add(*more);
  count += other.count;
  not_finite += other.not_finite;
  same_sign += other.same_sign;
  opposite_sign += other.opposite_sign;
}

}  // namespace athanor::array
