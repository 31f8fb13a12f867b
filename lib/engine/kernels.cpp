// Compiled once for each instruction set by Highway's foreach_target.
#include "engine/kernels.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h goes first.
#include "engine/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace athanor::engine::HWY_NAMESPACE {
namespace {

/// A tile's accumulators fill most of the registers: rows × two vectors.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_TARGET == HWY_NEON
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
HWY_INLINE const float* accumulate(Sums& sums, const float* const* a, int64_t length, const float* panel) {
  Sums s = sums;
  const float* rows[kRows];
#pragma GCC unroll 12
  for (int m = 0; m < kRows; ++m) rows[m] = a[m];
  for (int64_t i = 0; i < length; ++i) {
    const V b0 = hn::LoadU(d, panel), b1 = hn::LoadU(d, panel + lanes());
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

void multiply(const Product& p) {
  const int64_t width = 2 * lanes();
  for (int64_t column = 0; column < p.columns; column += width) {
    const int64_t left = p.columns - column;
    for (int64_t r = 0; r < p.rows; r += kRows) {
      const int64_t n = std::min<int64_t>(kRows, p.rows - r);
      Sums s;
      set(s, hn::LoadU(d, p.bias + column), hn::LoadU(d, p.bias + column + lanes()));
      for (const Term& t : p.terms) {
        const float* panel = t.panels + column * int64_t(t.segments.size()) * t.length;
        for (const int64_t segment : t.segments) {
          const float* a[kRows];
          for (int m = 0; m < kRows; ++m) a[m] = t.data + t.origins[r + std::min<int64_t>(m, n - 1)] + segment;
          panel = accumulate(s, a, t.length, panel);
        }
      }
      for (int m = 0; m < n; ++m) {
        float* out = p.out + p.outs[r + m] + column;
        if (p.added != nullptr) {
          const float* added = p.added + p.adds[r + m] + column;
          s.low[m] = hn::Add(s.low[m], load(added, left));
          s.high[m] = hn::Add(s.high[m], load(added + lanes(), left - lanes()));
        }
        store(s.low[m], out, left);
        store(s.high[m], out + lanes(), left - lanes());
      }
    }
  }
}

void sum(const Plane& plane, const float* x, const float* centre, double* sums) {
  HWY_ALIGN float row[HWY_MAX_BYTES / sizeof(float)];
  for (int64_t c = 0; c < plane.channels; c += lanes()) {
    const int64_t n = plane.channels - c;
    const V middle = centre == nullptr ? hn::Zero(d) : load(centre + c, n);
    std::fill_n(sums + c, std::min(n, lanes()), 0.0);
    for (int64_t y = 0; y < plane.height; ++y) {
      V total = hn::Zero(d);
      const float* at = x + plane.at(y, 0) + c;
      for (int64_t i = 0; i < plane.width; ++i, at += plane.channels) {
        const V v = hn::Sub(load(at, n), middle);
        total = centre == nullptr ? hn::Add(total, v) : hn::MulAdd(v, v, total);
      }
      hn::StoreU(total, d, row);
      for (int64_t j = 0; j < std::min(n, lanes()); ++j) sums[c + j] += double(row[j]);
    }
  }
}

HWY_INLINE V silu(V x) { return hn::Div(x, hn::Add(hn::Set(d, 1.f), exponential(hn::Neg(x)))); }

template <bool kSilu>
void affine_rows(const Affine& a) {
  for (int64_t row = a.first; row < a.last; ++row) {
    const float* x = a.x + a.from.at(row, 0);
    float* y = a.y + a.to.at(row, 0);
    for (int64_t i = 0; i < a.from.width; ++i, x += a.from.channels, y += a.to.channels)
      for (int64_t c = 0; c < a.from.channels; c += lanes()) {
        const int64_t n = a.from.channels - c;
        const V v = hn::MulAdd(load(x + c, n), load(a.scale + c, n), load(a.shift + c, n));
        store(kSilu ? silu(v) : v, y + c, n);
      }
  }
}
void affine(const Affine& a) { a.silu ? affine_rows<true>(a) : affine_rows<false>(a); }

// Attention.

constexpr int64_t kKeys = 128;  // keys a block: whole panels at every width

int64_t padded(int64_t n) { return (n + 2 * lanes() - 1) / (2 * lanes()) * (2 * lanes()); }

int64_t head_scratch(int64_t tokens, int64_t size) {
  return padded(tokens) * size + tokens * padded(size) + kRows * (kKeys + padded(size));
}

/// Panels [panel][i][column] of a matrix whose element (i, j) is get(i, j), zero beyond its columns.
template <class Get>
void pack(int64_t rows, int64_t columns, Get get, float* panels) {
  for (int64_t j0 = 0; j0 < columns; j0 += 2 * lanes())
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = j0; j < j0 + 2 * lanes(); ++j) *panels++ = j < columns ? get(i, j) : 0;
}

/// The online softmax (Milakov, Gimelshein 2018) of a block of scores: turns them into weights relative to the largest
/// score so far, and returns what earlier sums are to be multiplied by.
float soften(float* scores, int64_t n, float& most, double& total) {
  V top = hn::Set(d, most);
  for (int64_t j = 0; j < n; j += lanes())
    top = hn::Max(top, hn::IfThenElse(hn::FirstN(d, size_t(n - j)), hn::LoadU(d, scores + j), top));
  const float largest = hn::GetLane(hn::MaxOfLanes(d, top));
  V sum = hn::Zero(d);
  for (int64_t j = 0; j < n; j += lanes()) {
    const V e = exponential(hn::Sub(hn::LoadU(d, scores + j), hn::Set(d, largest)));
    const V weight = hn::IfThenElseZero(hn::FirstN(d, size_t(n - j)), e);
    hn::StoreU(weight, d, scores + j);
    sum = hn::Add(sum, weight);
  }
  const float factor = most == largest ? 1.f : std::exp(most - largest);
  total = total * double(factor) + double(hn::GetLane(hn::SumOfLanes(d, sum)));
  most = largest;
  return factor;
}

void attend(const Head& h) {
  float* keys = h.scratch;
  float* values = keys + padded(h.tokens) * h.size;
  float* scores = values + h.tokens * padded(h.size);
  float* mixed = scores + kRows * kKeys;
  const int64_t width = 2 * lanes(), across = padded(h.size);
  const auto key = [&](int64_t i, int64_t j) { return h.k[h.origins[j] + i]; };
  const auto value = [&](int64_t i, int64_t j) { return h.v[h.origins[i] + j]; };
  pack(h.size, h.tokens, key, keys);
  pack(h.tokens, h.size, value, values);
  for (int64_t r = h.first; r < h.last; r += kRows) {
    const int64_t n = std::min<int64_t>(kRows, h.last - r);
    const float *q[kRows], *p[kRows];
    float most[kRows];
    double total[kRows];
    for (int m = 0; m < kRows; ++m) {
      q[m] = h.q + h.origins[r + std::min<int64_t>(m, n - 1)];
      p[m] = scores + m * kKeys;
      most[m] = -std::numeric_limits<float>::infinity();
      total[m] = 0;
    }
    std::fill_n(mixed, kRows * across, 0.f);
    for (int64_t first = 0; first < h.tokens; first += kKeys) {
      const int64_t count = std::min(kKeys, h.tokens - first);
      for (int64_t j = 0; j < count; j += width) {
        Sums s;
        set(s, hn::Zero(d), hn::Zero(d));
        accumulate(s, q, h.size, keys + (first + j) * h.size);
        for (int m = 0; m < kRows; ++m) {
          hn::StoreU(hn::Mul(s.low[m], hn::Set(d, h.scale)), d, scores + m * kKeys + j);
          hn::StoreU(hn::Mul(s.high[m], hn::Set(d, h.scale)), d, scores + m * kKeys + j + lanes());
        }
      }
      float factor[kRows];
      for (int m = 0; m < kRows; ++m) factor[m] = soften(scores + m * kKeys, count, most[m], total[m]);
      for (int64_t j = 0; j < across; j += width) {
        Sums s;
        for (int m = 0; m < kRows; ++m) {
          s.low[m] = hn::Mul(hn::LoadU(d, mixed + m * across + j), hn::Set(d, factor[m]));
          s.high[m] = hn::Mul(hn::LoadU(d, mixed + m * across + j + lanes()), hn::Set(d, factor[m]));
        }
        accumulate(s, p, count, values + j * h.tokens + first * width);
        for (int m = 0; m < kRows; ++m) {
          hn::StoreU(s.low[m], d, mixed + m * across + j);
          hn::StoreU(s.high[m], d, mixed + m * across + j + lanes());
        }
      }
    }
    for (int m = 0; m < n; ++m)
      for (int64_t c = 0; c < h.size; c += lanes())
        store(hn::Div(hn::LoadU(d, mixed + m * across + c), hn::Set(d, float(total[m]))), h.out + h.outs[r + m] + c,
              h.size - c);
  }
}

}  // namespace

Kernels table() {
  return {hwy::TargetName(HWY_TARGET), kRows, 2 * lanes(), multiply, sum, affine, attend, head_scratch};
}

}  // namespace athanor::engine::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace athanor::engine {
HWY_EXPORT(table);

namespace {

/// Those of every instruction set that is compiled and that this processor has, the best first.
std::vector<Kernels> all_tables() {
  std::vector<Kernels> tables;
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::GetChosenTarget().Update(target);
    tables.push_back(HWY_DYNAMIC_DISPATCH(table)());
  }
  hwy::GetChosenTarget().DeInit();
  return tables;
}

}  // namespace

const std::vector<Kernels>& all_kernels() {
  static const std::vector<Kernels> tables = all_tables();
  return tables;
}

const Kernels& kernels_of(std::string_view name) {
  if (name.empty()) return all_kernels().front();
  std::vector<std::string_view> names;
  for (const Kernels& k : all_kernels()) {
    if (k.name == name) return k;
    names.emplace_back(k.name);
  }
  fail(ErrorKind::usage, "there are no kernels for {} on this processor; there are {}", name, fmt::join(names, ", "));
}

}  // namespace athanor::engine
#endif
