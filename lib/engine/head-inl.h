// Attention of one head, in tiles: included once for each instruction set.
#if defined(ATHANOR_ENGINE_HEAD) == defined(HWY_TARGET_TOGGLE)
#ifdef ATHANOR_ENGINE_HEAD
#undef ATHANOR_ENGINE_HEAD
#else
#define ATHANOR_ENGINE_HEAD
#endif

#include <cmath>
#include <limits>

#include "engine/product-inl.h"

HWY_BEFORE_NAMESPACE();
namespace athanor::engine::HWY_NAMESPACE {

constexpr int64_t kKeys = 128;            // keys a block: whole panels at every width
constexpr int64_t kQueries = 16 * kRows;  // queries that meet a block of keys while it is in cache

HWY_INLINE int64_t padded(int64_t n) { return (n + 2 * lanes() - 1) / (2 * lanes()) * (2 * lanes()); }

inline int64_t head_scratch(int64_t tokens, int64_t size) {
  return padded(tokens) * size + tokens * padded(size) + kQueries * (size + kKeys + padded(size));
}

/// Panels [panel][i][column] of a matrix whose element (i, j) is get(i, j), zero beyond its columns.
template <class Get>
void pack_matrix(int64_t rows, int64_t columns, Get get, float* panels) {
  for (int64_t j0 = 0; j0 < columns; j0 += 2 * lanes())
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = j0; j < j0 + 2 * lanes(); ++j) *panels++ = j < columns ? get(i, j) : 0;
}

/// What is left of a vector, and beyond it `none`.
HWY_INLINE V load_or(const float* from, Whole, V) { return load(from); }
HWY_INLINE V load_or(const float* from, int64_t n, V none) {
  return hn::IfThenElse(hn::FirstN(d, size_t(n)), load(from, n), none);
}

inline float soften(float* scores, int64_t n, float& most, double& total) {
  V top = hn::Set(d, most);
  for_vectors(n, [&](int64_t j, auto left) HWY_ATTR { top = hn::Max(top, load_or(scores + j, left, top)); });
  const float largest = hn::GetLane(hn::MaxOfLanes(d, top));
  constexpr float log2_e = 1.44269504f;
  const V none = hn::Set(d, -std::numeric_limits<float>::infinity());
  V sum = hn::Zero(d);
  for_vectors(n, [&](int64_t j, auto left) HWY_ATTR {
    const V score = hn::Sub(load_or(scores + j, left, none), hn::Set(d, largest));
    const V weight = power_of_two(hn::Mul(score, hn::Set(d, log2_e)));
    store(weight, scores + j, left);
    sum = hn::Add(sum, weight);
  });
  const float factor = most == largest ? 1.f : std::exp(most - largest);
  total = total * double(factor) + double(hn::GetLane(hn::SumOfLanes(d, sum)));
  most = largest;
  return factor;
}

/// What a block of queries has come to: each row's largest score, the sum of its weights, and its weighted sum of
/// values.
struct Queries {
  int64_t count, size, across;  ///< across: size in whole panels
  float *q, *scores, *mixed;    ///< [count][size], [count][kKeys], [count][across]
  float most[kQueries];
  double total[kQueries];
};

/// The rows of a tile; those beyond the last are the last again.
HWY_INLINE void rows_of(const Queries& block, int64_t first, const float* from, int64_t row, const float** rows) {
  for (int64_t m = 0; m < kRows; ++m) rows[m] = from + std::min(first + m, block.count - 1) * row;
}

/// Takes `count` keys and values along, which lie in panels.
inline void meet(Queries& block, const float* keys, const float* values, int64_t tokens, int64_t count) {
  const int64_t width = 2 * lanes();
  for (int64_t first = 0; first < block.count; first += kRows) {
    const int64_t n = std::min<int64_t>(kRows, block.count - first);
    const float *q[kRows], *weights[kRows];
    rows_of(block, first, block.q, block.size, q);
    rows_of(block, first, block.scores, kKeys, weights);
    for (int64_t j = 0; j < count; j += width) {
      Sums s;
      set(s, hn::Zero(d), hn::Zero(d));
      accumulate(s, q, block.size, keys + j * block.size);
      for (int64_t m = 0; m < n; ++m) {
        float* score = block.scores + (first + m) * kKeys + j;
        store(s.low[m], score);
        store(s.high[m], score + lanes());
      }
    }
    V factor[kRows];
    for (int64_t m = 0; m < n; ++m) {
      const int64_t row = first + m;
      factor[m] = hn::Set(d, soften(block.scores + row * kKeys, count, block.most[row], block.total[row]));
    }
    for (int64_t j = 0; j < block.across; j += width) {
      Sums s;
      set(s, hn::Zero(d), hn::Zero(d));
      for (int64_t m = 0; m < n; ++m) {
        const float* mixed = block.mixed + (first + m) * block.across + j;
        s.low[m] = hn::Mul(load(mixed), factor[m]);
        s.high[m] = hn::Mul(load(mixed + lanes()), factor[m]);
      }
      accumulate(s, weights, count, values + j * tokens);
      for (int64_t m = 0; m < n; ++m) {
        float* mixed = block.mixed + (first + m) * block.across + j;
        store(s.low[m], mixed);
        store(s.high[m], mixed + lanes());
      }
    }
  }
}

template <class T>
void attend(const Head& h) {
  const T *all_q = static_cast<const T*>(h.q), *all_k = static_cast<const T*>(h.k), *all_v = static_cast<const T*>(h.v);
  Queries block{.count = 0, .size = h.size, .across = padded(h.size)};
  float* const keys = h.scratch;
  float* const values = keys + padded(h.tokens) * h.size;
  block.q = values + h.tokens * block.across;
  block.scores = block.q + kQueries * h.size;
  block.mixed = block.scores + kQueries * kKeys;
  const auto key = [&](int64_t i, int64_t j) { return value(all_k[h.origins[j] + i]); };
  const auto value_at = [&](int64_t i, int64_t j) { return value(all_v[h.origins[i] + j]); };
  pack_matrix(h.size, h.tokens, key, keys);
  pack_matrix(h.tokens, h.size, value_at, values);
  for (int64_t r = h.first; r < h.last; r += kQueries) {
    block.count = std::min(kQueries, h.last - r);
    for (int64_t m = 0; m < block.count; ++m) {
      for (int64_t c = 0; c < h.size; c += lanes())
        store(hn::Mul(load(all_q + h.origins[r + m] + c, h.size - c), hn::Set(d, h.scale)), block.q + m * h.size + c,
              h.size - c);
      block.most[m] = -std::numeric_limits<float>::infinity();
      block.total[m] = 0;
    }
    std::fill_n(block.mixed, block.count * block.across, 0.f);
    for (int64_t first = 0; first < h.tokens; first += kKeys)
      meet(block, keys + first * h.size, values + first * 2 * lanes(), h.tokens, std::min(kKeys, h.tokens - first));
    for (int64_t m = 0; m < block.count; ++m)
      for (int64_t c = 0; c < h.size; c += lanes())
        store(hn::Div(load(block.mixed + m * block.across + c), hn::Set(d, float(block.total[m]))),
              static_cast<T*>(h.out) + h.outs[r + m] + c, h.size - c);
  }
}

}  // namespace athanor::engine::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
