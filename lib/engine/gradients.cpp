// Compiled once for each instruction set by Highway's foreach_target.
#include "engine/gradients.h"

#include <algorithm>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/gradients.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h goes first.
#include "engine/head-inl.h"
#include "engine/normal-inl.h"
#include "engine/winograd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace athanor::engine::HWY_NAMESPACE {
namespace {

void add_to(double* sums, V v, int64_t n) {
  HWY_ALIGN float buffer[HWY_MAX_BYTES / sizeof(float)];
  hn::Store(v, d, buffer);
  for (int64_t j = 0; j < std::min(n, lanes()); ++j) sums[j] += double(buffer[j]);
}

/// act′(z), of z·s(a·z): with s the logistic function s·(1 + z·(1 − s)·a′), a·z = z for silu and 2·√(2/π)·(z +
/// 0.044715·z³) for gelu.
template <Activation kActivation>
HWY_INLINE V slope_at(V z) {
  const V one = hn::Set(d, 1.f);
  V argument = z, rise = one;
  if constexpr (kActivation == Activation::gelu) {
    constexpr float kCubic = 0.044715f;
    const V square = hn::Mul(z, z), twice = hn::Set(d, kGelu);
    argument = hn::Mul(hn::Mul(twice, z), hn::MulAdd(square, hn::Set(d, kCubic), one));
    rise = hn::Mul(twice, hn::MulAdd(square, hn::Set(d, 3 * kCubic), one));
  }
  const V s = hn::Div(one, hn::Add(one, exponential(hn::Neg(argument))));
  return hn::Mul(s, hn::MulAdd(hn::Mul(z, rise), hn::Sub(one, s), one));
}

template <class T, Activation kActivation>
void affine_of(const AffineGradient& g) {
  const Plane& p = g.plane;
  const T *const all_x = static_cast<const T*>(g.x), *const all_gy = static_cast<const T*>(g.gy);
  T* const gz = static_cast<T*>(g.gz);
  std::fill_n(g.sums, p.channels, 0.0);
  std::fill_n(g.products, p.channels, 0.0);
  for_vectors(p.channels, [&](int64_t c, auto n) HWY_ATTR {
    const V scale = load(g.scale + c, n), shift = load(g.shift + c, n);
    for (int64_t y = 0; y < p.height; ++y) {
      V sum = hn::Zero(d), product = hn::Zero(d);
      for (int64_t at = p.at(y, 0) + c, i = 0; i < p.width; ++i, at += p.channels) {
        const V x = load(all_x + at, n);
        V slope = load(all_gy + at, n);
        if constexpr (kActivation != Activation::none)
          slope = hn::Mul(slope, slope_at<kActivation>(hn::MulAdd(x, scale, shift)));
        store(slope, gz + at, n);
        sum = hn::Add(sum, slope);
        product = hn::MulAdd(slope, x, product);
      }
      add_to(g.sums + c, sum, p.channels - c);
      add_to(g.products + c, product, p.channels - c);
    }
  });
}
template <class T>
void affine_gradient(const AffineGradient& g) {
  switch (g.activation) {
    case Activation::none: return affine_of<T, Activation::none>(g);
    case Activation::silu: return affine_of<T, Activation::silu>(g);
    case Activation::gelu: return affine_of<T, Activation::gelu>(g);
  }
}

/// Of one pixel: gx, and gy and gy·x̂ added to sums and products.
template <class T>
HWY_INLINE void layer_norm_pixel(const LayerNormGradient& g, const T* x, const T* gy, T* gx, float* sums,
                                 float* products) {
  const int64_t channels = g.plane.channels;
  const V share = hn::Set(d, 1 / float(channels));
  const Normal<T> normal(x, channels, g.epsilon);
  V first = hn::Zero(d), second = hn::Zero(d);  // the means of g and of g·x̂
  for_vectors(channels, [&](int64_t c, auto n) HWY_ATTR {
    const V slope = load(gy + c, n), scaled = hn::Mul(slope, load(g.scale + c, n)), v = normal.of(load(x + c, n));
    first = hn::Add(first, scaled);
    second = hn::MulAdd(scaled, v, second);
    store(hn::Add(load(sums + c, n), slope), sums + c, n);
    store(hn::MulAdd(slope, v, load(products + c, n)), products + c, n);
  });
  first = hn::Mul(hn::SumOfLanes(d, first), share);
  second = hn::Mul(hn::SumOfLanes(d, second), share);
  for_vectors(channels, [&](int64_t c, auto n) HWY_ATTR {
    const V scaled = hn::Mul(load(gy + c, n), load(g.scale + c, n)), v = normal.of(load(x + c, n));
    store(hn::Mul(normal.inverse, hn::NegMulAdd(v, second, hn::Sub(scaled, first))), gx + c, n);
  });
}

template <class T>
void layer_norm_gradient(const LayerNormGradient& g) {
  const Plane& p = g.plane;
  const size_t channels = size_t(p.channels);
  std::vector<float> sums(channels), products(channels);  // of a row of pixels
  std::fill_n(g.sums, channels, 0.0);
  std::fill_n(g.products, channels, 0.0);
  for (int64_t y = 0; y < p.height; ++y) {
    std::ranges::fill(sums, 0.f);
    std::ranges::fill(products, 0.f);
    for (int64_t x = 0; x < p.width; ++x) {
      const int64_t at = p.at(y, x);
      layer_norm_pixel(g, static_cast<const T*>(g.x) + at, static_cast<const T*>(g.gy) + at, static_cast<T*>(g.gx) + at,
                       sums.data(), products.data());
    }
    for (size_t c = 0; c < channels; ++c) {
      g.sums[c] += double(sums[c]);
      g.products[c] += double(products[c]);
    }
  }
}

template <class T>
void combine(const Combination& k) {
  const Plane& p = k.plane;
  const T *const all_x = static_cast<const T*>(k.x), *const gz = static_cast<const T*>(k.gz);
  T* const out = static_cast<T*>(k.out);
  for (int64_t i = 0; i < p.elements(); i += p.channels)
    for_vectors(p.channels, [&](int64_t c, auto n) HWY_ATTR {
      const V x = hn::MulAdd(load(all_x + i + c, n), load(k.b + c, n), load(k.offset + c, n));
      store(hn::MulAdd(load(gz + i + c, n), load(k.a + c, n), x), out + i + c, n);
    });
}

/// One tile of the gradient: elements of x by two vectors of channels of gy.
template <class T, int kCount, bool kWhole>
void weight_tile(const WeightGradient& g, int64_t row, int64_t j) {
  const int64_t n = g.to.channels - j;
  V low[kCount], high[kCount];
#pragma GCC unroll 6
  for (int m = 0; m < kCount; ++m) low[m] = high[m] = hn::Zero(d);
  for (int64_t y = 0; y < g.to.height; ++y) {
    const T* gy = static_cast<const T*>(g.gy) + g.to.at(y, 0) + j;
    const T* x = static_cast<const T*>(g.x) + g.from.at(y * g.stride, 0) + g.shift + row;
    for (int64_t i = 0; i < g.to.width; ++i, gy += g.to.channels, x += g.stride * g.from.channels) {
      const V b0 = kWhole ? load(gy) : load(gy, n);
      const V b1 = kWhole ? load(gy + lanes()) : load(gy + lanes(), n - lanes());
#pragma GCC unroll 6
      for (int m = 0; m < kCount; ++m) {
        const V a = hn::Set(d, value(x[m]));
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

template <class T, int kCount>
void weight_rows(const WeightGradient& g, int64_t row) {
  int64_t j = 0;
  for (; j + 2 * lanes() <= g.to.channels; j += 2 * lanes()) weight_tile<T, kCount, true>(g, row, j);
  if (j < g.to.channels) weight_tile<T, kCount, false>(g, row, j);
}

template <class T>
void weight_gradient(const WeightGradient& g) {
  constexpr int kTile = 6;
  int64_t row = 0;
  for (; row + kTile <= g.rows; row += kTile) weight_rows<T, kTile>(g, row);
  switch (g.rows - row) {
    case 5: return weight_rows<T, 5>(g, row);
    case 4: return weight_rows<T, 4>(g, row);
    case 3: return weight_rows<T, 3>(g, row);
    case 2: return weight_rows<T, 2>(g, row);
    case 1: return weight_rows<T, 1>(g, row);
    default: return;
  }
}

/// A·g, of two elements.
HWY_INLINE void spread(V a, V b, V* to, int step) {
  to[0] = a;
  to[step] = hn::Add(a, b);
  to[2 * step] = hn::Sub(a, b);
  to[3 * step] = hn::Neg(b);
}

template <class T>
void tiles_spread(const TilesSpread& t) {
  const T* const zeros = static_cast<const T*>(t.zeros);
  for_tiles(t.tiles, [&](int64_t i, int64_t ty, int64_t tx) HWY_ATTR {
    const T* pixels[2][2];
    for (int64_t y = 0; y < 2; ++y)
      for (int64_t x = 0; x < 2; ++x) {
        const int64_t row = 2 * ty + y, column = 2 * tx + x;
        const bool inside = row < t.from.height && column < t.from.width;
        pixels[y][x] = inside ? static_cast<const T*>(t.gy) + t.from.at(row, column) : zeros;
      }
    for_vectors(t.from.channels, [&](int64_t c, auto n) HWY_ATTR {
      V half[4][2], row[4];
      for (int x = 0; x < 2; ++x) spread(load(pixels[0][x] + c, n), load(pixels[1][x] + c, n), &half[0][x], 2);
      float* to = t.to + i * t.tiles.row + c;
      for (int y = 0; y < 4; ++y) {
        spread(half[y][0], half[y][1], row, 1);
        for (int x = 0; x < 4; ++x, to += t.tiles.part) store(row[x], to, n);
      }
    });
  });
}

void softmax(float* x, int64_t n) {
  float most = -std::numeric_limits<float>::infinity();
  double total = 0;
  soften(x, n, most, total);
  const V factor = hn::Set(d, float(1 / total));
  for (int64_t j = 0; j < n; j += lanes()) store(hn::Mul(load(x + j, n - j), factor), x + j, n - j);
}

void softmax_gradient(const float* p, int64_t n, float* slopes) {
  V sum = hn::Zero(d);
  for (int64_t j = 0; j < n; j += lanes()) sum = hn::MulAdd(load(p + j, n - j), load(slopes + j, n - j), sum);
  const V mean = hn::SumOfLanes(d, sum);
  for (int64_t j = 0; j < n; j += lanes())
    store(hn::Mul(load(p + j, n - j), hn::Sub(load(slopes + j, n - j), mean)), slopes + j, n - j);
}

template <class T>
Gradients gradients_of() {
  return {.affine = affine_gradient<T>,
          .layer_norm = layer_norm_gradient<T>,
          .combine = combine<T>,
          .weight = weight_gradient<T>,
          .weight_floats = weight_gradient<float>,
          .tiles_spread = tiles_spread<T>,
          .softmax = softmax,
          .softmax_gradient = softmax_gradient};
}

}  // namespace

Gradients gradient_table(bool bfloat16) { return bfloat16 ? gradients_of<Bfloat16>() : gradients_of<float>(); }

}  // namespace athanor::engine::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace athanor::engine {
HWY_EXPORT(gradient_table);

const Gradients& gradients(Precision precision) {
  static const Gradients float32 = HWY_DYNAMIC_DISPATCH(gradient_table)(false);
  static const Gradients bfloat16 = HWY_DYNAMIC_DISPATCH(gradient_table)(true);
  return precision == Precision::bfloat16 ? bfloat16 : float32;
}

}  // namespace athanor::engine
#endif
