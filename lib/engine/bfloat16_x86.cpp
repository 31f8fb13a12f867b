#include "engine/bfloat16_x86.h"

#include <hwy/base.h>

#if HWY_ARCH_X86_64
#include <asm/prctl.h>
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <type_traits>

#include "array/floats.h"

HWY_PUSH_ATTRIBUTES("avx512f,avx512vl,avx512dq,avx512bw,avx512bf16,amx-tile,amx-bf16")
namespace athanor::engine {
namespace {

constexpr int64_t kLanes = 16;

/// The first n lanes.
__mmask16 first(int64_t n) { return n >= kLanes ? 0xffff : n <= 0 ? 0 : __mmask16((1u << n) - 1); }

// Elements beyond n are neither read nor written.
__m512 load(const float* from, int64_t n) { return _mm512_maskz_loadu_ps(first(n), from); }
__m512 load(const Bfloat16* from, int64_t n) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(first(n), from)), 16));
}
void store(__m512 v, float* to, int64_t n) { _mm512_mask_storeu_ps(to, first(n), v); }
void store(__m512 v, Bfloat16* to, int64_t n) {
  _mm256_mask_storeu_epi16(to, first(n), __m256i(_mm512_cvtneps_pbh(v)));
}

/// One row of a product that has been summed, `left` of its two vectors' elements: what is added, and out.
template <class T>
void finish(const Product& p, int64_t row, int64_t column, const __m512* sums) {
  const int64_t left = p.columns - column;
  for (int64_t half = 0; half < 2; ++half) {
    __m512 sum = sums[half];
    const int64_t at = column + half * kLanes, n = left - half * kLanes;
    if (p.added != nullptr) sum = _mm512_add_ps(sum, load(static_cast<const T*>(p.added) + p.adds[row] + at, n));
    store(sum, static_cast<T*>(p.out) + p.outs[row] + at, n);
  }
}

// VDPBF16PS: tiles of 12 rows by two vectors. Panels are those of the portable kernels.

constexpr int64_t kRows = 12;
using Sums = __m512[kRows][2];

/// sums += a·B over `length` steps, two of which lie together in rows and panel.
const Bfloat16* accumulate(Sums& sums, const Bfloat16* const* a, int64_t length, const Bfloat16* panel) {
  Sums s;
#pragma GCC unroll 12
  for (int64_t m = 0; m < kRows; ++m) s[m][0] = sums[m][0], s[m][1] = sums[m][1];
  for (int64_t i = 0; i < length; i += 2, panel += 4 * kLanes) {
    const __m512bh b0 = __m512bh(_mm512_loadu_si512(panel)), b1 = __m512bh(_mm512_loadu_si512(panel + 2 * kLanes));
    const bool whole = i + 1 < length;  // nothing is read behind the last
#pragma GCC unroll 12
    for (int64_t m = 0; m < kRows; ++m) {
      uint32_t pair = a[m][i].bits;
      if (whole) std::memcpy(&pair, a[m] + i, sizeof pair);
      const __m512bh x = __m512bh(_mm512_set1_epi32(int(pair)));
      s[m][0] = _mm512_dpbf16_ps(s[m][0], x, b0);
      s[m][1] = _mm512_dpbf16_ps(s[m][1], x, b1);
    }
  }
#pragma GCC unroll 12
  for (int64_t m = 0; m < kRows; ++m) sums[m][0] = s[m][0], sums[m][1] = s[m][1];
  return panel;
}

/// The first cache line in scratch that begins with it.
Bfloat16* on_line(void* scratch) {
  size_t room = 128;
  return static_cast<Bfloat16*>(std::align(64, 64, scratch, room));
}

void multiply_by_dot(const Product& p) {
  for (int64_t column = 0; column < p.columns; column += 2 * kLanes)
    for (int64_t r = 0; r < p.rows; r += kRows) {
      const int64_t n = std::min(kRows, p.rows - r);
      Sums sums;
      for (auto& row : sums)
        for (int64_t half = 0; half < 2; ++half) row[half] = _mm512_loadu_ps(p.bias + column + half * kLanes);
      for (const Term& t : p.terms) {
        const Bfloat16* panel = static_cast<const Bfloat16*>(t.panels);
        panel += column * int64_t(t.segments.size()) * ((t.length + 1) / 2 * 2);
        for (const int64_t segment : t.segments) {
          const Bfloat16* a[kRows];
          for (int64_t m = 0; m < kRows; ++m)
            a[m] = static_cast<const Bfloat16*>(t.data) + t.origins[r + std::min(m, n - 1)] + segment;
          panel = accumulate(sums, a, t.length, panel);
        }
      }
      for (int64_t m = 0; m < n; ++m) finish<Bfloat16>(p, r + m, column, sums[m]);
    }
}

// AMX. A tile is 16 rows of 32 elements; four tiles of sums make a block of 32 rows by 32 columns, to which a step adds
// the product of two tiles of activations and two of weights. float32 is split into two bfloat16, x = upper + lower, of
// whose four products the least is left out: their tiles lie one after the other.

constexpr int64_t kBlock = 32;  // rows and columns
constexpr int64_t kDepth = 32;  // elements of a row that a step takes
constexpr int64_t kTile = 16 * kDepth;
constexpr int64_t kCache = 1 << 20;  // bytes of activations that are gathered while the weights go by

template <class T>
constexpr int64_t kParts = std::is_same_v<T, float> ? 2 : 1;

int64_t steps_of(int64_t length) { return (length + kDepth - 1) / kDepth; }
int64_t steps_of(std::span<const Term> terms) {
  int64_t steps = 0;
  for (const Term& t : terms) steps += int64_t(t.segments.size()) * steps_of(t.length);
  return steps;
}
/// Blocks of rows that are gathered together.
template <class T>
int64_t blocks_at_once(int64_t steps) {
  return std::max<int64_t>(1, kCache / std::max<int64_t>(1, steps * kParts<T> * 2 * kTile * int64_t(sizeof(Bfloat16))));
}
template <class T>
int64_t tile_scratch(std::span<const Term> terms) {
  const int64_t steps = steps_of(terms);
  return blocks_at_once<T>(steps) * steps * kParts<T> * 2 * kTile * int64_t(sizeof(Bfloat16)) + 64;
}

/// Weights: [panel][s][step][part][half of the columns][16 pairs of elements][16 columns][2].
template <class T>
std::vector<std::byte> pack_tiles(std::span<const float> panels, int64_t length) {
  const int64_t runs = int64_t(panels.size()) / (length * kBlock), steps = steps_of(length);
  std::vector<std::byte> packed(size_t(runs * steps * kParts<T> * 2 * kTile) * sizeof(Bfloat16));
  Bfloat16* const tiles = reinterpret_cast<Bfloat16*>(packed.data());
  for (int64_t run = 0; run < runs; ++run)
    for (int64_t i = 0; i < length; ++i)
      for (int64_t j = 0; j < kBlock; ++j) {
        float rest = panels[size_t((run * length + i) * kBlock + j)];
        Bfloat16* to = tiles + (run * steps + i / kDepth) * kParts<T> * 2 * kTile + j / 16 * kTile +
                       i % kDepth / 2 * 32 + j % 16 * 2 + i % 2;
        for (int64_t part = 0; part < kParts<T>; ++part, to += 2 * kTile) {
          to->bits = array::f32_to_bf16(rest);
          rest -= array::bf16_to_f32(to->bits);
        }
      }
  return packed;
}

// A row's elements as tiles take them, zero beyond n.
void gather(const Bfloat16* from, int64_t n, Bfloat16* to) {
  const __mmask32 mask = n >= kDepth ? 0xffffffff : (1u << n) - 1;
  _mm512_storeu_si512(to, _mm512_maskz_loadu_epi16(mask, from));
}
void gather(const float* from, int64_t n, Bfloat16* to) {
  const __m512 low = load(from, n), high = load(from + kLanes, n - kLanes);
  _mm512_storeu_si512(to, __m512i(_mm512_cvtne2ps_pbh(high, low)));
  const __m512 low_rest = _mm512_sub_ps(low, load(to, kLanes));
  const __m512 high_rest = _mm512_sub_ps(high, load(to + kLanes, kLanes));
  _mm512_storeu_si512(to + 2 * kTile, __m512i(_mm512_cvtne2ps_pbh(high_rest, low_rest)));
}

/// Up to 32 rows of all terms: [step][part][row][kDepth]. Those beyond the last are the last again.
template <class T>
void gather(const Product& p, int64_t first, int64_t n, Bfloat16* block) {
  for (const Term& t : p.terms)
    for (const int64_t segment : t.segments) {
      for (int64_t m = 0; m < kBlock; ++m) {
        const T* const row = static_cast<const T*>(t.data) + t.origins[first + std::min(m, n - 1)] + segment;
        for (int64_t i = 0; i < t.length; i += kDepth)
          gather(row + i, t.length - i, block + i / kDepth * kParts<T> * 2 * kTile + m * kDepth);
      }
      block += steps_of(t.length) * kParts<T> * 2 * kTile;
    }
}

/// Adds the products of tiles 4 and 5 with 6 and 7 to the sums in tiles 0 to 3.
void add_products() {
  _tile_dpbf16ps(0, 4, 6);
  _tile_dpbf16ps(1, 4, 7);
  _tile_dpbf16ps(2, 5, 6);
  _tile_dpbf16ps(3, 5, 7);
}
void load_rows(const Bfloat16* a) {
  _tile_loadd(4, a, 64);
  _tile_loadd(5, a + kTile, 64);
}
void load_columns(const Bfloat16* b) {
  _tile_loadd(6, b, 64);
  _tile_loadd(7, b + kTile, 64);
}

void clear_sums() {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
}
/// Adds a block of rows times a panel's columns, of so many steps.
template <class T>
void add_steps(const Bfloat16* rows, const Bfloat16* columns, int64_t steps) {
  for (int64_t i = 0; i < steps; ++i, rows += kParts<T> * 2 * kTile, columns += kParts<T> * 2 * kTile) {
    load_rows(rows);
    load_columns(columns);
    add_products();
    if constexpr (kParts<T> == 2) {
      load_columns(columns + 2 * kTile);
      add_products();
      load_rows(rows + 2 * kTile);
      load_columns(columns);
      add_products();
    }
  }
}
/// The sums into a matrix whose rows are so many elements apart.
void store_sums(float* to, int64_t row) {
  const int64_t bytes = row * int64_t(sizeof(float));
  _tile_stored(0, to, bytes);
  _tile_stored(1, to + 16, bytes);
  _tile_stored(2, to + 16 * row, bytes);
  _tile_stored(3, to + 16 * row + 16, bytes);
}

/// The sums of a block of rows, gathered, by the panel that begins with `column`.
template <class T>
void sum_block(const Product& p, const Bfloat16* block, int64_t column, float* sums) {
  clear_sums();
  for (const Term& t : p.terms) {
    const int64_t steps = int64_t(t.segments.size()) * steps_of(t.length), size = steps * kParts<T> * 2 * kTile;
    add_steps<T>(block, static_cast<const Bfloat16*>(t.panels) + column / kBlock * size, steps);
    block += size;
  }
  store_sums(sums, kBlock);
}

/// All eight tile registers as 16 rows of 64 bytes.
struct alignas(64) Configuration {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

template <class T>
void multiply_by_tiles(const Product& p) {
  const Configuration configuration;
  _tile_loadconfig(&configuration);
  const int64_t steps = steps_of(p.terms), size = steps * kParts<T> * 2 * kTile;
  const int64_t together = blocks_at_once<T>(steps) * kBlock;
  Bfloat16* const gathered = on_line(p.scratch);
  alignas(64) float sums[kBlock * kBlock];
  for (int64_t first = 0; first < p.rows; first += together) {
    const int64_t rows = std::min(together, p.rows - first);
    for (int64_t r = 0; r < rows; r += kBlock)
      gather<T>(p, first + r, std::min(kBlock, rows - r), gathered + r / kBlock * size);
    for (int64_t column = 0; column < p.columns; column += kBlock) {
      const __m512 bias[2] = {_mm512_loadu_ps(p.bias + column), _mm512_loadu_ps(p.bias + column + kLanes)};
      for (int64_t r = 0; r < rows; r += kBlock) {
        sum_block<T>(p, gathered + r / kBlock * size, column, sums);
        for (int64_t m = 0; m < std::min(kBlock, rows - r); ++m) {
          const float* sum = sums + m * kBlock;
          const __m512 row[2] = {_mm512_add_ps(bias[0], _mm512_load_ps(sum)),
                                 _mm512_add_ps(bias[1], _mm512_load_ps(sum + kLanes))};
          finish<T>(p, first + r + m, column, row);
        }
      }
    }
  }
  _tile_release();
}

// Attention of one head: scores and weighted values of 32 queries by 128 keys at a time, the softmax between them in
// float32.

constexpr int64_t kKeys = 128;

/// Where element (i, j) of a matrix lies that is to be multiplied by, of so many steps a panel.
int64_t in_panels(int64_t i, int64_t j, int64_t steps) {
  return (j / kBlock * steps + i / kDepth) * 2 * kTile + j % kBlock / 16 * kTile + i % kDepth / 2 * 32 + j % 16 * 2 +
         i % 2;
}

/// Scratch of attend_by_tiles(), in its order: elements of bfloat16, then of float32.
struct HeadScratch {
  int64_t steps, blocks;  ///< of a query's channels; of the keys
  int64_t keys, values, queries, weights, scores, mixed;
  HeadScratch(int64_t tokens, int64_t size)
      : steps(steps_of(size)),
        blocks(steps_of(tokens)),
        keys(blocks * steps * 2 * kTile),
        values(keys),
        queries(steps * 2 * kTile),
        weights(kKeys / kDepth * 2 * kTile),
        scores(kBlock * kKeys),
        mixed(kBlock * steps * kDepth) {}
  int64_t floats() const { return (keys + values + queries + weights) / 2 + scores + mixed + kBlock * kBlock + 16; }
};
int64_t tile_head_scratch(int64_t tokens, int64_t size) { return HeadScratch(tokens, size).floats(); }

/// float32 to bfloat16, one row of a block.
void round_row(const float* from, int64_t n, Bfloat16* to) {
  _mm512_storeu_si512(to, __m512i(_mm512_cvtne2ps_pbh(load(from + kLanes, n - kLanes), load(from, n))));
}

void attend_by_tiles(const Head& h) {
  const Configuration configuration;
  const HeadScratch sizes(h.tokens, h.size);
  const auto* const all_q = static_cast<const Bfloat16*>(h.q);
  const auto *const all_k = static_cast<const Bfloat16*>(h.k), *const all_v = static_cast<const Bfloat16*>(h.v);
  auto* const keys = on_line(h.scratch);
  Bfloat16 *const values = keys + sizes.keys, *const queries = values + sizes.values;
  Bfloat16* const weights = queries + sizes.queries;
  float* const scores = reinterpret_cast<float*>(weights + sizes.weights);
  float *const mixed = scores + sizes.scores, *const sums = mixed + sizes.mixed;
  const int64_t across = sizes.steps * kDepth;

  std::memset(keys, 0, size_t(sizes.keys + sizes.values) * sizeof(Bfloat16));
  for (int64_t t = 0; t < h.tokens; ++t)
    for (int64_t c = 0; c < h.size; ++c) {
      keys[in_panels(c, t, sizes.steps)] = all_k[h.origins[t] + c];
      values[in_panels(t, c, sizes.blocks)] = all_v[h.origins[t] + c];
    }

  _tile_loadconfig(&configuration);
  for (int64_t first = h.first; first < h.last; first += kBlock) {
    const int64_t n = std::min(kBlock, h.last - first);
    for (int64_t m = 0; m < kBlock; ++m)
      for (int64_t c = 0; c < h.size; c += kDepth)
        gather(all_q + h.origins[first + std::min(m, n - 1)] + c, h.size - c,
               queries + c / kDepth * 2 * kTile + m * kDepth);
    float most[kBlock];
    double total[kBlock];
    std::fill_n(most, kBlock, -std::numeric_limits<float>::infinity());
    std::fill_n(total, kBlock, 0.0);
    std::fill_n(mixed, kBlock * across, 0.f);
    for (int64_t key = 0; key < h.tokens; key += kKeys) {
      const int64_t count = std::min(kKeys, h.tokens - key);
      for (int64_t j = 0; j < count; j += kBlock) {
        clear_sums();
        add_steps<Bfloat16>(queries, keys + in_panels(0, key + j, sizes.steps), sizes.steps);
        store_sums(scores + j, kKeys);
      }
      float factor[kBlock];
      for (int64_t m = 0; m < kBlock; ++m) {
        float* const row = scores + m * kKeys;
        for (int64_t j = 0; j < count; j += kLanes)
          store(_mm512_mul_ps(load(row + j, count - j), _mm512_set1_ps(h.scale)), row + j, count - j);
        factor[m] = h.soften(row, count, most[m], total[m]);
        for (int64_t j = 0; j < count; j += kDepth)
          round_row(row + j, count - j, weights + j / kDepth * 2 * kTile + m * kDepth);
      }
      for (int64_t c = 0; c < across; c += kBlock) {
        clear_sums();
        add_steps<Bfloat16>(weights, values + in_panels(key, c, sizes.blocks), steps_of(count));
        store_sums(sums, kBlock);
        for (int64_t m = 0; m < kBlock; ++m)
          for (int64_t half = 0; half < kBlock; half += kLanes) {
            float* const to = mixed + m * across + c + half;
            const __m512 sum = _mm512_loadu_ps(sums + m * kBlock + half);
            _mm512_storeu_ps(to, _mm512_fmadd_ps(_mm512_loadu_ps(to), _mm512_set1_ps(factor[m]), sum));
          }
      }
    }
    for (int64_t m = 0; m < n; ++m)
      for (int64_t c = 0; c < h.size; c += kLanes)
        store(_mm512_div_ps(_mm512_loadu_ps(mixed + m * across + c), _mm512_set1_ps(float(total[m]))),
              static_cast<Bfloat16*>(h.out) + h.outs[first + m] + c, h.size - c);
  }
  _tile_release();
}

template <class T>
Kernels by_tiles(Kernels k, Precision precision) {
  k.name = "AMX";
  k.precision = precision;
  k.rows = k.columns = kBlock;
  k.pack = pack_tiles<T>;
  k.multiply = multiply_by_tiles<T>;
  k.product_scratch = tile_scratch<T>;
  k.winograd = false;
  if (precision == Precision::bfloat16) {
    k.attend = attend_by_tiles;
    k.head_scratch = tile_head_scratch;
  }
  return k;
}

}  // namespace
}  // namespace athanor::engine
HWY_POP_ATTRIBUTES

namespace athanor::engine {
namespace {

bool has_dot_products() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a >> 5 & 1) != 0;
}

/// Whether there are tiles of bfloat16, and the kernel lets this process use them.
bool has_tiles() {
  constexpr int request_permission = 0x1023, tile_data = 18;
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d >> 22 & 1) == 0 || (d >> 24 & 1) == 0) return false;
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

}  // namespace

std::vector<Kernels> x86_bfloat16_kernels(const Kernels& float32, const Kernels& bfloat16) {
  std::vector<Kernels> sets;
  if (!has_dot_products()) return sets;
  const auto add_float32 = [&](const char* name) {
    sets.push_back(float32);
    sets.back().name = name;
  };
  if (has_tiles()) {
    add_float32("AMX");
    sets.push_back(by_tiles<float>(float32, Precision::bf16x3));
    sets.push_back(by_tiles<Bfloat16>(bfloat16, Precision::bfloat16));
  }
  add_float32("AVX512_BF16");
  sets.push_back(bfloat16);
  sets.back().name = "AVX512_BF16";
  sets.back().multiply = multiply_by_dot;
  sets.back().winograd = false;
  return sets;
}

}  // namespace athanor::engine
#else
namespace athanor::engine {

std::vector<Kernels> x86_bfloat16_kernels(const Kernels&, const Kernels&) { return {}; }

}  // namespace athanor::engine
#endif
