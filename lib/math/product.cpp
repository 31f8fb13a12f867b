// Compiled once for each instruction set by Highway's foreach_target.
#include "math/product.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "core/parallel.h"
#include "math/tile_kernel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "math/product.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h goes first.
#include <hwy/cache_control.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace athanor::math::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<double>;
using V = hn::Vec<D>;
constexpr D d;

/// A tile's sums fill most of the registers: rows × two vectors.
#if HWY_MAX_BYTES == 64 || HWY_TARGET == HWY_NEON
constexpr int kRows = 12;
#else
constexpr int kRows = 6;
#endif

/// c[m·c_row + j] += Σ_k a[k·kRows + m]·b[k·width + j] of a whole tile, kRows × two vectors.
void add_tile(const double* a, const double* b, int64_t length, double* c, int64_t c_row) {
  const int64_t lanes = int64_t(hn::Lanes(d));
  V low[kRows], high[kRows];
#pragma GCC unroll 12
  for (int m = 0; m < kRows; ++m) low[m] = high[m] = hn::Zero(d);
  // c is larger than any cache: it comes while the products are summed.
  for (int m = 0; m < kRows; ++m) {
    hwy::Prefetch(c + m * c_row);
    hwy::Prefetch(c + m * c_row + 2 * lanes - 1);
  }
  for (int64_t k = 0; k < length; ++k) {
    const V b0 = hn::LoadU(d, b), b1 = hn::LoadU(d, b + lanes);
#pragma GCC unroll 12
    for (int m = 0; m < kRows; ++m) {
      const V x = hn::Set(d, a[m]);
      low[m] = hn::MulAdd(x, b0, low[m]);
      high[m] = hn::MulAdd(x, b1, high[m]);
    }
    a += kRows;
    b += 2 * lanes;
  }
#pragma GCC unroll 12
  for (int m = 0; m < kRows; ++m, c += c_row) {
    hn::StoreU(hn::Add(hn::LoadU(d, c), low[m]), d, c);
    hn::StoreU(hn::Add(hn::LoadU(d, c + lanes), high[m]), d, c + lanes);
  }
}

}  // namespace

TileKernel tile_kernel() { return {kRows, 2 * int64_t(hn::Lanes(d)), add_tile}; }

}  // namespace athanor::math::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace athanor::math {
namespace {
HWY_EXPORT(tile_kernel);

/// Of b's panels, which lie in the first-level cache while a's go by; and of a block of a, which lies in the second.
constexpr int64_t kDepth = 256, kBlockRows = 192;

/// Room for packed panels, which begin at a cache line; not initialised.
struct Free {
  void operator()(double* p) const { std::free(p); }
};
using Panels = std::unique_ptr<double[], Free>;
Panels make_panels(int64_t n) {
  constexpr size_t line = 64;
  void* const memory = std::aligned_alloc(line, (size_t(n) * sizeof(double) + line) / line * line);
  if (memory == nullptr) throw std::bad_alloc();
  return Panels(static_cast<double*>(memory));
}

/// Vectors first … first + width − 1, elements from … from + depth − 1: out[k·width + i], zero where there is no
/// vector.
template <class T>
void pack_panel(const T* data, const Vectors& v, int64_t first, int64_t width, int64_t from, int64_t depth,
                double* out) {
  const int64_t n = std::min(width, v.count - first);
  if (n < width) std::fill_n(out, width * depth, 0.0);
  if (v.apart == 1) {  // elements of neighbours lie together
    for (int64_t k = 0; k < depth; ++k) {
      const T* const row = data + first + (from + k) * v.step;
      for (int64_t i = 0; i < n; ++i) out[k * width + i] = double(row[i]);
    }
    return;
  }
  for (int64_t i = 0; i < n; ++i) {
    const T* const vector = data + (first + i) * v.apart + from * v.step;
    for (int64_t k = 0; k < depth; ++k) out[k * width + i] = double(vector[k * v.step]);
  }
}
/// All panels of `count` vectors, one after another.
void pack(const Vectors& v, int64_t first, int64_t count, int64_t width, int64_t from, int64_t depth, double* out) {
  std::visit(
      [&](const auto* data) {
        for (int64_t i = 0; i < count; i += width) pack_panel(data, v, first + i, width, from, depth, out + i * depth);
      },
      v.data);
}

int64_t rounded_up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }

/// A tile at the edge of c: summed beside it, and the part that is there added.
void add_edge(const TileKernel& tile, const double* a, const double* b, int64_t depth, double* c, int64_t c_row,
              int64_t rows, int64_t columns) {
  double sums[12 * 16] = {};
  tile.add(a, b, depth, sums, tile.columns);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j) c[i * c_row + j] += sums[i * tile.columns + j];
}

/// Some rows of c, from packed panels. Columns from `limit` on are left out, and tiles all of whose columns j are more
/// than `diagonal` + i.
void add_block(const TileKernel& tile, const double* a, const double* b, int64_t depth, double* c, int64_t c_row,
               int64_t rows, int64_t limit, int64_t diagonal) {
  for (int64_t j = 0; j < limit; j += tile.columns)
    for (int64_t i = 0; i < rows; i += tile.rows) {
      const int64_t m = std::min(tile.rows, rows - i), n = std::min(tile.columns, limit - j);
      if (j > diagonal + i + m - 1) continue;
      double* const at = c + i * c_row + j;
      if (m == tile.rows && n == tile.columns)
        tile.add(a + i * depth, b + j * depth, depth, at, c_row);
      else
        add_edge(tile, a + i * depth, b + j * depth, depth, at, c_row, m, n);
    }
}

}  // namespace

void add_products(const Vectors& a, const Vectors& b, double* c, int64_t c_row, int64_t threads, Part part) {
  static const TileKernel tile = HWY_DYNAMIC_DISPATCH(tile_kernel)();
  const int64_t blocks = (a.count + kBlockRows - 1) / kBlockRows, width = rounded_up(b.count, tile.columns);
  const int64_t depth_most = std::min(kDepth, a.length), strips = rounded_up(width, 512) / 512;
  const Panels b_panels = make_panels(width * depth_most);
  for (int64_t from = 0; from < a.length; from += kDepth) {
    const int64_t depth = std::min(kDepth, a.length - from);
    in_parallel(strips, threads, [&](int64_t strip) {
      const int64_t first = strip * 512, count = std::min<int64_t>(512, width - first);
      pack(b, first, count, tile.columns, from, depth, b_panels.get() + first * depth);
    });
    in_parallel(blocks, threads, [&](int64_t i) {
      const int64_t first = (blocks - 1 - i) * kBlockRows;  // of a lower part the most work first
      const int64_t rows = std::min(kBlockRows, a.count - first);
      const int64_t limit = part == Part::lower ? std::min(b.count, first + rows) : b.count;
      const Panels a_panels = make_panels(rounded_up(rows, tile.rows) * depth);
      pack(a, first, rows, tile.rows, from, depth, a_panels.get());
      add_block(tile, a_panels.get(), b_panels.get(), depth, c + first * c_row, c_row, rows, limit,
                part == Part::lower ? first : b.count);
    });
  }
}

}  // namespace athanor::math
#endif
