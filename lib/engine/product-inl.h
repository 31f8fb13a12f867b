// Products of rows of activations and weights: included once for each instruction set.
#if defined(ATHANOR_ENGINE_PRODUCT) == defined(HWY_TARGET_TOGGLE)
#ifdef ATHANOR_ENGINE_PRODUCT
#undef ATHANOR_ENGINE_PRODUCT
#else
#define ATHANOR_ENGINE_PRODUCT
#endif

#include <algorithm>
#include <cstring>

#include "engine/kernels.h"
#include "engine/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace athanor::engine::HWY_NAMESPACE {

/// A tile's accumulators fill most of the registers: rows × two vectors.
#if HWY_MAX_BYTES == 64 || HWY_TARGET == HWY_NEON
constexpr int kRows = 12;
#else
constexpr int kRows = 6;
#endif
/// The sums of a tile of rows × 2 vectors.
struct Sums {
  V low[kRows], high[kRows];
};

HWY_INLINE void set(Sums& s, V low, V high) {
#pragma GCC unroll 12
  for (int m = 0; m < kRows; ++m) {
    s.low[m] = low;
    s.high[m] = high;
  }
}

/// s += a·B over `length` steps: a[m][i] times the i-th pair of vectors of the panel.
template <class T>
HWY_INLINE const T* accumulate(Sums& sums, const float* const* a, int64_t length, const T* panel) {
  Sums s = sums;
  const float* rows[kRows];
#pragma GCC unroll 12
  for (int m = 0; m < kRows; ++m) rows[m] = a[m];
  for (int64_t i = 0; i < length; ++i) {
    const V b0 = load(panel), b1 = load(panel + lanes());
    panel += 2 * lanes();
#pragma GCC unroll 12
    for (int m = 0; m < kRows; ++m) {
      const V x = hn::Set(d, rows[m][i]);
      s.low[m] = hn::MulAdd(x, b0, s.low[m]);
      s.high[m] = hn::MulAdd(x, b1, s.high[m]);
    }
  }
  sums = s;
  return panel;
}

/// The same of bfloat16 by pairs of steps: a pair lies together in a's rows, and so does its part of each column of the
/// panel. The two products of a pair are exact in float32 and added one after the other.
HWY_INLINE const Bfloat16* accumulate(Sums& sums, const Bfloat16* const* a, int64_t length, const Bfloat16* panel) {
  const hn::RebindToUnsigned<D> du;
  const auto upper = [&](auto pair) { return hn::BitCast(d, hn::And(pair, hn::Set(du, 0xffff0000))); };
  const auto lower = [&](auto pair) { return hn::BitCast(d, hn::ShiftLeft<16>(pair)); };
  Sums s = sums;
  const Bfloat16* rows[kRows];
#pragma GCC unroll 12
  for (int m = 0; m < kRows; ++m) rows[m] = a[m];
  for (int64_t i = 0; i < length; i += 2) {
    const auto b0 = hn::LoadU(du, reinterpret_cast<const uint32_t*>(panel));
    const auto b1 = hn::LoadU(du, reinterpret_cast<const uint32_t*>(panel) + lanes());
    panel += 4 * lanes();
    const V even0 = lower(b0), even1 = lower(b1), odd0 = upper(b0), odd1 = upper(b1);
    const bool whole = i + 1 < length;  // nothing is read behind the last
#pragma GCC unroll 12
    for (int m = 0; m < kRows; ++m) {
      uint32_t pair = rows[m][i].bits;
      if (whole) std::memcpy(&pair, rows[m] + i, sizeof pair);
      const auto x = hn::Set(du, pair);
      s.low[m] = hn::MulAdd(lower(x), even0, s.low[m]);
      s.high[m] = hn::MulAdd(lower(x), even1, s.high[m]);
      s.low[m] = hn::MulAdd(upper(x), odd0, s.low[m]);
      s.high[m] = hn::MulAdd(upper(x), odd1, s.high[m]);
    }
  }
  sums = s;
  return panel;
}

/// Panels [panel][s][i][columns], of another type.
template <class T>
std::vector<std::byte> pack_rows(std::span<const float> panels, int64_t) {
  std::vector<std::byte> packed(panels.size() * sizeof(T));
  T* const to = reinterpret_cast<T*>(packed.data());
  for (int64_t i = 0; i < int64_t(panels.size()); i += lanes()) store(load(panels.data() + i), to + i);
  return packed;
}

/// For activations of bfloat16, of which two steps go together: [panel][s][i/2][columns][2].
HWY_INLINE int64_t steps_of(const float*, int64_t length) { return length; }
HWY_INLINE int64_t steps_of(const Bfloat16*, int64_t length) { return (length + 1) / 2 * 2; }
inline std::vector<std::byte> pack_pairs(std::span<const float> panels, int64_t length) {
  const Bfloat16* const none = nullptr;
  const int64_t width = 2 * lanes(), steps = steps_of(none, length);
  const int64_t runs = int64_t(panels.size()) / (length * width);  // of all panels
  std::vector<std::byte> packed(size_t(runs * steps * width) * sizeof(Bfloat16));
  Bfloat16* const to = reinterpret_cast<Bfloat16*>(packed.data());
  HWY_ALIGN Bfloat16 row[2 * HWY_MAX_BYTES / sizeof(float)];
  for (int64_t run = 0; run < runs; ++run)
    for (int64_t i = 0; i < length; ++i) {
      const float* from = panels.data() + (run * length + i) * width;
      store(load(from), row);
      store(load(from + lanes()), row + lanes());
      for (int64_t j = 0; j < width; ++j) to[(run * steps + i / 2 * 2) * width + 2 * j + i % 2] = row[j];
    }
  return packed;
}

/// Activations of type T, weights of type W.
template <class T, class W>
void multiply(const Product& p) {
  const int64_t width = 2 * lanes();
  for (int64_t column = 0; column < p.columns; column += width) {
    const int64_t left = p.columns - column;
    for (int64_t r = 0; r < p.rows; r += kRows) {
      const int64_t n = std::min<int64_t>(kRows, p.rows - r);
      Sums s;
      set(s, hn::LoadU(d, p.bias + column), hn::LoadU(d, p.bias + column + lanes()));
      for (const Term& t : p.terms) {
        const T* const data = static_cast<const T*>(t.data);
        const W* panel = static_cast<const W*>(t.panels);
        panel += column * int64_t(t.segments.size()) * steps_of(data, t.length);
        for (const int64_t segment : t.segments) {
          const T* a[kRows];
          for (int m = 0; m < kRows; ++m) a[m] = data + t.origins[r + std::min<int64_t>(m, n - 1)] + segment;
          panel = accumulate(s, a, t.length, panel);
        }
      }
      for (int m = 0; m < n; ++m) {
        T* out = static_cast<T*>(p.out) + p.outs[r + m] + column;
        if (p.added != nullptr) {
          const T* added = static_cast<const T*>(p.added) + p.adds[r + m] + column;
          s.low[m] = hn::Add(s.low[m], load(added, left));
          s.high[m] = hn::Add(s.high[m], load(added + lanes(), left - lanes()));
        }
        store(s.low[m], out, left);
        store(s.high[m], out + lanes(), left - lanes());
      }
    }
  }
}

}  // namespace athanor::engine::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
