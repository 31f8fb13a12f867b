// The transforms of Winograd's convolution: included once for each instruction set.
#if defined(ATHANOR_ENGINE_WINOGRAD) == defined(HWY_TARGET_TOGGLE)
#ifdef ATHANOR_ENGINE_WINOGRAD
#undef ATHANOR_ENGINE_WINOGRAD
#else
#define ATHANOR_ENGINE_WINOGRAD
#endif

#include <algorithm>

#include "engine/kernels.h"
#include "engine/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace athanor::engine::HWY_NAMESPACE {

/// Calls f(tile's position in the block, its row of tiles, its column).
template <class F>
HWY_INLINE void for_tiles(const Tiles& tiles, F f) {
  for (int64_t i = 0; i < tiles.count; ++i) {
    const int64_t tile = tiles.first + i;
    f(i, tile / tiles.across, tile % tiles.across);
  }
}

/// Bᵀ·x, of four elements.
HWY_INLINE void transform_in(const V* x, V* to, int step) {
  to[0] = hn::Sub(x[0], x[2]);
  to[step] = hn::Add(x[1], x[2]);
  to[2 * step] = hn::Sub(x[2], x[1]);
  to[3 * step] = hn::Sub(x[1], x[3]);
}

template <class T>
void tiles_in(const TilesIn& t) {
  for_tiles(t.tiles, [&](int64_t i, int64_t ty, int64_t tx) HWY_ATTR {
    const T* pixels[4][4];
    for (int64_t y = 0; y < 4; ++y)
      for (int64_t x = 0; x < 4; ++x) {
        const int64_t row = 2 * ty - 1 + y, column = 2 * tx - 1 + x;
        const bool inside = row >= 0 && row < t.from.height && column >= 0 && column < t.from.width;
        pixels[y][x] = inside ? static_cast<const T*>(t.x) + t.from.at(row, column) : static_cast<const T*>(t.zeros);
      }
    for_vectors(t.from.channels, [&](int64_t c, auto n) HWY_ATTR {
      V half[4][4], four[4];
#pragma GCC unroll 4
      for (int x = 0; x < 4; ++x) {
#pragma GCC unroll 4
        for (int y = 0; y < 4; ++y) four[y] = load(pixels[y][x] + c, n);
        transform_in(four, &half[0][x], 4);
      }
      float* to = t.to + i * t.tiles.row + c;
#pragma GCC unroll 4
      for (int y = 0; y < 4; ++y) {
        transform_in(half[y], four, 1);
#pragma GCC unroll 4
        for (int x = 0; x < 4; ++x, to += t.tiles.part) store(four[x], to, n);
      }
    });
  });
}

/// Aᵀ·m, of four elements.
HWY_INLINE void transform_out(const V* m, V* to, int step) {
  const V sum = hn::Add(m[1], m[2]), difference = hn::Sub(m[1], m[2]);
  to[0] = hn::Add(m[0], sum);
  to[step] = hn::Sub(difference, m[3]);
}

template <class T>
void tiles_out(const TilesOut& t) {
  const int64_t channels = t.to.channels;
  for_tiles(t.tiles, [&](int64_t i, int64_t ty, int64_t tx) HWY_ATTR {
    for_vectors(channels, [&](int64_t c, auto n) HWY_ATTR {
      const float* sums = t.sums + i * t.tiles.row + c;
      V half[4][2], m[4];
#pragma GCC unroll 4
      for (int y = 0; y < 4; ++y) {
#pragma GCC unroll 4
        for (int x = 0; x < 4; ++x, sums += t.tiles.part) m[x] = load(sums, n);
        transform_out(m, half[y], 1);
      }
      const V bias = t.bias == nullptr ? hn::Zero(d) : load(t.bias + c, n);
      for (int x = 0; x < 2 && 2 * tx + x < t.to.width; ++x) {
        V column[4], pair[2];
        for (int y = 0; y < 4; ++y) column[y] = half[y][x];
        transform_out(column, pair, 1);
        for (int y = 0; y < 2 && 2 * ty + y < t.to.height; ++y) {
          V out = hn::Add(pair[y], bias);
          if (t.added != nullptr)
            out = hn::Add(out, load(static_cast<const T*>(t.added) + t.like.at(2 * ty + y, 2 * tx + x) + c, n));
          store(out, static_cast<T*>(t.out) + t.to.at(2 * ty + y, 2 * tx + x) + c, n);
        }
      }
    });
  });
}

}  // namespace athanor::engine::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
