// The loops of training that inference does not have, one set for each kind of processor.
#pragma once

#include "engine/kernels.h"

namespace athanor::engine {

/// Backward through y = act(scale[c]·x + shift[c]) of one image, z being the activation's argument:
///   gz = gy·act′(z),   sums[c] = Σ gz,   products[c] = Σ gz·x   over the pixels.
struct AffineGradient {
  Plane plane;  ///< of all images here; no halo
  const float *x = nullptr, *gy = nullptr;
  float* gz = nullptr;  ///< may be gy
  const float *scale = nullptr, *shift = nullptr;
  bool silu = false;
  double *sums = nullptr, *products = nullptr;  ///< [channels]
};

/// out = a[c]·gz + b[c]·x + offset[c] over one image.
struct Combination {
  Plane plane;
  const float *gz = nullptr, *x = nullptr, *a = nullptr, *b = nullptr, *offset = nullptr;
  float* out = nullptr;  ///< may be gz
};

/// A convolution's gradient by its weight, of one image, added to what is there:
///   sums[i·columns + j] += Σ_pixels x[at(pixel) + shift + i]·gy[at(pixel) + j],   i < rows, j < columns = gy's
///   channels,
/// where the rows are the elements of x that a row of the kernel's window meets: they lie together.
struct WeightGradient {
  Plane from, to;  ///< of x, whose halo holds the window, and of gy
  const float *x = nullptr, *gy = nullptr;
  int64_t shift = 0;  ///< elements from the window's middle to its row's beginning
  int64_t rows = 0;
  float* sums = nullptr;
};

struct Gradients {
  void (*affine)(const AffineGradient&);
  void (*combine)(const Combination&);
  void (*weight)(const WeightGradient&);
};

/// Those of the best instruction set that this processor has.
const Gradients& gradients();

}  // namespace athanor::engine
