// The loop in which products take their time, one for each instruction set.
#pragma once

#include <cstdint>

namespace athanor::math {

struct TileKernel {
  int64_t rows, columns;  ///< of a tile
  /// c[m·c_row + j] += Σ_k a[k·rows + m]·b[k·columns + j] of a whole tile, k < length.
  void (*add)(const double* a, const double* b, int64_t length, double* c, int64_t c_row);
};

}  // namespace athanor::math
