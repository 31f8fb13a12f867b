// The loops that take the time, one set for each kind of processor.
//
// Every kernel computes each element by the same operations in the same order wherever the element lies, so that an
// image's result depends on nothing but itself.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/plane.h"

namespace athanor::engine {

/// One summand of a Product: for row r and column j
///   Σ_s Σ_i data[origins[r] + segments[s] + i] · weight[s, i, j],   i < length.
struct Term {
  const float* data = nullptr;
  const int64_t* origins = nullptr;   ///< [rows]
  std::span<const int64_t> segments;  ///< offsets of runs of elements that lie together
  int64_t length = 0;                 ///< of each
  const float* panels = nullptr;      ///< the weight in panels of Kernels::columns columns: [panel][s][i][columns]
};

/// out[outs[r] + j] = bias[j] + Σ_terms (+ added[adds[r] + j]) for all rows r and j < columns: convolutions, where a
/// row is a pixel and the segments are the rows of the kernel's window; linear layers, where it is a vector.
struct Product {
  std::span<const Term> terms;
  int64_t rows = 0, columns = 0;
  const float* bias = nullptr;  ///< [columns, padded to whole panels]
  const float* added = nullptr;
  const int64_t* adds = nullptr;  ///< [rows]
  float* out = nullptr;
  const int64_t* outs = nullptr;  ///< [rows]
};

/// y = act(scale[c]·x + shift[c]) over the rows [first, last) of one image, into a plane whose channels may be more
/// than x's.
struct Affine {
  Plane from, to;
  int64_t first = 0, last = 0;
  const float* x = nullptr;
  float* y = nullptr;  ///< at the first of the channels that are written
  const float *scale = nullptr, *shift = nullptr;
  bool silu = false;
};

/// Attention of one head over one image, softmax(q·kᵀ·scale)·v, for the tokens from `first` to before `last`.
struct Head {
  int64_t tokens = 0, first = 0, last = 0;
  int64_t size = 0;  ///< size: channels of a head
  const float *q = nullptr, *k = nullptr, *v = nullptr;
  const int64_t* origins = nullptr;  ///< [tokens], of q, k and v alike
  float* out = nullptr;
  const int64_t* outs = nullptr;  ///< [tokens]
  float scale = 1;
  float* scratch = nullptr;  ///< Kernels::head_scratch elements
};

struct Kernels {
  const char* name;       ///< of the instruction set
  int64_t rows, columns;  ///< of a tile of a product: columns is the width of a panel
  void (*multiply)(const Product&);
  /// Sums over the pixels of an image, by channel: Σ x, or with `centre` [channels] Σ (x − centre)².
  void (*sum)(const Plane&, const float* x, const float* centre, double* sums);
  void (*affine)(const Affine&);
  void (*attend)(const Head&);
  /// Elements of scratch that attend() needs.
  int64_t (*head_scratch)(int64_t tokens, int64_t size);
};

/// For every instruction set that this processor has, the best first.
const std::vector<Kernels>& all_kernels();
/// Those of an instruction set ("AVX2"), of the best for an empty name. Throws Error{usage}: this processor lacks it.
const Kernels& kernels_of(std::string_view name);

}  // namespace athanor::engine
