// The loops of training that inference does not have, one set for each kind of processor.
#pragma once

#include "engine/kernels.h"

namespace athanor::engine {

/// Backward through y = act(scale[c]·x + shift[c]) of one image, z being the activation's argument:
///   gz = gy·act′(z),   sums[c] = Σ gz,   products[c] = Σ gz·x   over the pixels.
struct AffineGradient {
  Plane plane;  ///< of all images here; no halo
  const void *x = nullptr, *gy = nullptr;
  void* gz = nullptr;  ///< may be gy
  const float *scale = nullptr, *shift = nullptr;
  Activation activation = Activation::none;
  double *sums = nullptr, *products = nullptr;  ///< [channels]
};

/// Backward through y = scale[c]·x̂ + shift[c] of one image, x̂ = (x − mean)·r being normal over each pixel's channels:
///   gx = r·(g − mean(g) − x̂·mean(g·x̂)),  g = scale[c]·gy,   sums[c] = Σ gy,   products[c] = Σ gy·x̂   over the pixels.
struct LayerNormGradient {
  Plane plane;
  const void *x = nullptr, *gy = nullptr;
  void* gx = nullptr;
  const float* scale = nullptr;
  float epsilon = 0;
  double *sums = nullptr, *products = nullptr;  ///< [channels]
};

/// out = a[c]·gz + b[c]·x + offset[c] over one image.
struct Combination {
  Plane plane;
  const void *gz = nullptr, *x = nullptr;
  const float *a = nullptr, *b = nullptr, *offset = nullptr;
  void* out = nullptr;  ///< may be gz
};

/// A convolution's gradient by its weight, of one image, added to what is there:
///   sums[i·columns + j] += Σ_pixels x[at(stride·pixel) + shift + i]·gy[at(pixel) + j],   i < rows, j < columns = gy's
///   channels,
/// where the rows are the elements of x that a row of the kernel's window meets: they lie together.
struct WeightGradient {
  Plane from, to;  ///< of x, whose halo holds the window, and of gy
  const void *x = nullptr, *gy = nullptr;
  int64_t stride = 1;
  int64_t shift = 0;  ///< elements from the window's middle to its row's beginning
  int64_t rows = 0;
  float* sums = nullptr;
};

/// Winograd's A·g·Aᵀ of each tile of 2×2 pixels.
struct TilesSpread {
  Tiles tiles;
  Plane from;
  const void *gy = nullptr, *zeros = nullptr;  ///< zeros: a pixel of them, for what lies beyond the edges
  float* to = nullptr;
};

struct Gradients {
  void (*affine)(const AffineGradient&);
  void (*layer_norm)(const LayerNormGradient&);
  void (*combine)(const Combination&);
  void (*weight)(const WeightGradient&);
  void (*weight_floats)(const WeightGradient&);  ///< of float32, whatever the elements are
  void (*tiles_spread)(const TilesSpread&);
  /// x = softmax(x) of n elements.
  void (*softmax)(float* x, int64_t n);
  /// slopes = p ⊙ (slopes − Σ p ⊙ slopes): from the gradient by p = softmax(x) to that by x.
  void (*softmax_gradient)(const float* p, int64_t n, float* slopes);
};

/// Those of the best instruction set that this processor has, for elements of float32 or bfloat16.
const Gradients& gradients(Precision precision);

}  // namespace athanor::engine
