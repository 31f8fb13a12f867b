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
///   sums[c·columns + j] += Σ_pixels x[at(y, x) + c]·gy[at(y, x) + j],   c < x's channels, j < columns = gy's channels,
/// where x is shifted by one of the kernel's taps.
struct WeightGradient {
  Plane from, to;  ///< of x, whose halo holds the shift, and of gy
  const float *x = nullptr, *gy = nullptr;
  int64_t shift = 0;  ///< elements from a pixel of gy to the one of x that it meets
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
