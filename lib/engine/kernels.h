// The loops that take the time, one set for each kind of processor.
//
// Every kernel computes each element by the same operations in the same order wherever the element lies, so that an
// image's result depends on nothing but itself. Activations are elements of a type that the set of kernels decides:
// float32 or bfloat16. Sums, coefficients and statistics are float32 or wider.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/plane.h"
#include "engine/precision.h"

namespace athanor::engine {

/// One summand of a Product: for row r and column j
///   Σ_s Σ_i data[origins[r] + segments[s] + i] · weight[s, i, j],   i < length.
struct Term {
  const void* data = nullptr;
  const int64_t* origins = nullptr;   ///< [rows]
  std::span<const int64_t> segments;  ///< offsets of runs of elements that lie together
  int64_t length = 0;                 ///< of each
  const void* panels = nullptr;       ///< the weight as Kernels::pack laid it out
};

/// out[outs[r] + j] = bias[j] + Σ_terms (+ added[adds[r] + j]) for all rows r and j < columns: convolutions, where a
/// row is a pixel and the segments are the rows of the kernel's window; linear layers, where it is a vector.
struct Product {
  std::span<const Term> terms;
  int64_t rows = 0, columns = 0;
  const float* bias = nullptr;  ///< [columns, padded to whole panels]
  const void* added = nullptr;
  const int64_t* adds = nullptr;  ///< [rows]
  void* out = nullptr;
  const int64_t* outs = nullptr;  ///< [rows]
  void* scratch = nullptr;        ///< Kernels::product_scratch bytes
};

/// Tiles of 2×2 pixels of an image, numbered row by row. Transformed, each is sixteen vectors of channels:
///   [16, a part apart][tile, a row apart][channels].
struct Tiles {
  int64_t first = 0, count = 0, across = 0;  ///< across: tiles in a row
  int64_t row = 0, part = 0;
};
/// Winograd's Bᵀ·d·B of the 4×4 pixels about each tile.
struct TilesIn {
  Tiles tiles;
  Plane from;
  const void *x = nullptr, *zeros = nullptr;  ///< zeros: a pixel of them, for what lies beyond the edges
  float* to = nullptr;
};
/// Winograd's Aᵀ·m·A of a tile's sums, plus bias and what is added.
struct TilesOut {
  Tiles tiles;
  Plane to, like;  ///< like: where `added` lies
  const float *sums = nullptr, *bias = nullptr;
  const void* added = nullptr;
  void* out = nullptr;
};

/// silu: x·σ(x); gelu: x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
enum class Activation { none, silu, gelu };

/// y = act(scale[c]·x + shift[c]) (+ added) over the rows [first, last) of one image, into a plane whose channels may
/// be more than x's.
struct Affine {
  Plane from, to, like;  ///< like: where `added` lies
  int64_t first = 0, last = 0;
  const void* x = nullptr;
  void* y = nullptr;            ///< at the first of the channels that are written
  const void* added = nullptr;  ///< at the same channel
  const float *scale = nullptr, *shift = nullptr;
  Activation activation = Activation::none;
};

/// The online softmax of a block of n scores: turns them into weights relative to the largest score so far, `most`,
/// adds them to the sum of the weights, `total`, and returns what earlier sums are to be multiplied by. Source:
/// Milakov, Gimelshein, "Online normalizer calculation for softmax" (2018).
using Soften = float (*)(float* scores, int64_t n, float& most, double& total);

/// Attention of one head over one image, softmax(q·kᵀ·scale)·v, for the tokens from `first` to before `last`.
struct Head {
  int64_t tokens = 0, first = 0, last = 0;
  int64_t size = 0;  ///< channels of a head
  const void *q = nullptr, *k = nullptr, *v = nullptr;
  const int64_t* origins = nullptr;  ///< [tokens], of q, k and v alike
  void* out = nullptr;
  const int64_t* outs = nullptr;  ///< [tokens]
  float scale = 1;
  Soften soften = nullptr;   ///< Kernels::soften
  float* scratch = nullptr;  ///< Kernels::head_scratch elements
};

struct Kernels {
  const char* name;  ///< of the instruction set
  Precision precision;
  int64_t element;        ///< bytes of an element of an activation
  int64_t rows, columns;  ///< of a tile of a product: columns is the width of a panel
  /// Lays a weight out, once: from [panel][s][i][columns], i < length, zero beyond the last column.
  std::vector<std::byte> (*pack)(std::span<const float> panels, int64_t length);
  void (*multiply)(const Product&);
  /// Bytes of scratch that multiply() needs, of which the terms' segments and lengths decide.
  int64_t (*product_scratch)(std::span<const Term>);
  /// Whether 3×3 convolutions are faster by Winograd's tiles. Transformed, they are float32 on all sets, and what they
  /// are multiplied by is of the elements' type: pack() and multiply() for these.
  bool winograd;
  std::vector<std::byte> (*pack_transformed)(std::span<const float> panels, int64_t length);
  void (*multiply_transformed)(const Product&);
  void (*tiles_in)(const TilesIn&);
  void (*tiles_out)(const TilesOut&);
  /// Sums over the pixels of an image, by channel: Σ x, or with `centre` [channels] Σ (x − centre)².
  void (*sum)(const Plane&, const void* x, const float* centre, double* sums);
  void (*affine)(const Affine&);
  /// The same of x̂ = (x − mean)/√(variance + ε), mean and variance being those of a pixel's channels; nothing is added.
  void (*layer_norm)(const Affine&, float epsilon);
  void (*attend)(const Head&);
  Soften soften;
  /// Elements of scratch that attend() needs.
  int64_t (*head_scratch)(int64_t tokens, int64_t size);
  /// n elements from float32, and to it.
  void (*narrow)(const float* from, int64_t n, void* to);
  void (*widen)(const void* from, int64_t n, float* to);
};

/// Sets for every instruction set that this processor has, the best first: float32, bfloat16, and bf16x3 where it is
/// faster than float32.
const std::vector<Kernels>& all_kernels();
/// Those of an instruction set ("AVX2"), of the best for an empty name; float32 where there is no bf16x3. Throws
/// Error{usage}: this processor lacks it.
const Kernels& kernels_of(std::string_view name, Precision precision);

}  // namespace athanor::engine
