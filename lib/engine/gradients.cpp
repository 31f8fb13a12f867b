// Compiled once for each instruction set by Highway's foreach_target.
#include "engine/gradients.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/gradients.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h goes first.
#include "engine/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace athanor::engine::HWY_NAMESPACE {
namespace {

void add_to(double* sums, V v, int64_t n) {
  HWY_ALIGN float buffer[HWY_MAX_BYTES / sizeof(float)];
  hn::Store(v, d, buffer);
  for (int64_t j = 0; j < std::min(n, lanes()); ++j) sums[j] += double(buffer[j]);
}

template <bool kSilu>
void affine_of(const AffineGradient& g) {
  const Plane& p = g.plane;
  std::fill_n(g.sums, p.channels, 0.0);
  std::fill_n(g.products, p.channels, 0.0);
  const V one = hn::Set(d, 1.f);
  for (int64_t c = 0; c < p.channels; c += lanes()) {
    const int64_t n = p.channels - c;
    const V scale = load(g.scale + c, n), shift = load(g.shift + c, n);
    for (int64_t y = 0; y < p.height; ++y) {
      V sum = hn::Zero(d), product = hn::Zero(d);
      for (int64_t at = p.at(y, 0) + c, i = 0; i < p.width; ++i, at += p.channels) {
        const V x = load(g.x + at, n);
        V slope = load(g.gy + at, n);
        if constexpr (kSilu) {  // (z·s(z))′ = s·(1 + z·(1 − s)), s the logistic function
          const V z = hn::MulAdd(x, scale, shift);
          const V s = hn::Div(one, hn::Add(one, exponential(hn::Neg(z))));
          slope = hn::Mul(slope, hn::Mul(s, hn::MulAdd(z, hn::Sub(one, s), one)));
        }
        store(slope, g.gz + at, n);
        sum = hn::Add(sum, slope);
        product = hn::MulAdd(slope, x, product);
      }
      add_to(g.sums + c, sum, n);
      add_to(g.products + c, product, n);
    }
  }
}
void affine_gradient(const AffineGradient& g) { g.silu ? affine_of<true>(g) : affine_of<false>(g); }

void combine(const Combination& k) {
  const Plane& p = k.plane;
  for (int64_t i = 0; i < p.elements(); i += p.channels)
    for (int64_t c = 0; c < p.channels; c += lanes()) {
      const int64_t n = p.channels - c;
      const V x = hn::MulAdd(load(k.x + i + c, n), load(k.b + c, n), load(k.offset + c, n));
      store(hn::MulAdd(load(k.gz + i + c, n), load(k.a + c, n), x), k.out + i + c, n);
    }
}

/// One tile of the gradient: elements of x by two vectors of channels of gy.
template <int kCount, bool kWhole>
void weight_tile(const WeightGradient& g, int64_t row, int64_t j) {
  const int64_t n = g.to.channels - j;
  V low[kCount], high[kCount];
#pragma GCC unroll 6
  for (int m = 0; m < kCount; ++m) low[m] = high[m] = hn::Zero(d);
  for (int64_t y = 0; y < g.to.height; ++y) {
    const float* gy = g.gy + g.to.at(y, 0) + j;
    const float* x = g.x + g.from.at(y, 0) + g.shift + row;
    for (int64_t i = 0; i < g.to.width; ++i, gy += g.to.channels, x += g.from.channels) {
      const V b0 = kWhole ? hn::LoadU(d, gy) : load(gy, n);
      const V b1 = kWhole ? hn::LoadU(d, gy + lanes()) : load(gy + lanes(), n - lanes());
#pragma GCC unroll 6
      for (int m = 0; m < kCount; ++m) {
        const V a = hn::Set(d, x[m]);
        low[m] = hn::MulAdd(a, b0, low[m]);
        high[m] = hn::MulAdd(a, b1, high[m]);
      }
    }
  }
#pragma GCC unroll 6
  for (int m = 0; m < kCount; ++m) {
    float* sums = g.sums + (row + m) * g.to.channels + j;
    store(hn::Add(load(sums, n), low[m]), sums, n);
    store(hn::Add(load(sums + lanes(), n - lanes()), high[m]), sums + lanes(), n - lanes());
  }
}

template <int kCount>
void weight_rows(const WeightGradient& g, int64_t row) {
  int64_t j = 0;
  for (; j + 2 * lanes() <= g.to.channels; j += 2 * lanes()) weight_tile<kCount, true>(g, row, j);
  if (j < g.to.channels) weight_tile<kCount, false>(g, row, j);
}

void weight_gradient(const WeightGradient& g) {
  constexpr int kTile = 6;
  int64_t row = 0;
  for (; row + kTile <= g.rows; row += kTile) weight_rows<kTile>(g, row);
  switch (g.rows - row) {
    case 5: return weight_rows<5>(g, row);
    case 4: return weight_rows<4>(g, row);
    case 3: return weight_rows<3>(g, row);
    case 2: return weight_rows<2>(g, row);
    case 1: return weight_rows<1>(g, row);
    default: return;
  }
}

}  // namespace

Gradients gradient_table() { return {affine_gradient, combine, weight_gradient}; }

}  // namespace athanor::engine::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace athanor::engine {
HWY_EXPORT(gradient_table);

const Gradients& gradients() {
  static const Gradients best = HWY_DYNAMIC_DISPATCH(gradient_table)();
  return best;
}

}  // namespace athanor::engine
#endif
