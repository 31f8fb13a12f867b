// A residual network for vectors.
//
//   layer(h): h + linear(silu(linear(silu(norm(h)·(1 + scale) + shift)))),  (scale, shift) = linear(silu(emb))
//
// Source: the UNet's residual block (arch/unet.h) with linear layers for convolutions.
#pragma once

#include "arch/graph.h"
#include "core/fields.h"

namespace athanor::arch {

struct MlpOptions {
  int64_t width = 128;  ///< of hidden layers
  int64_t depth = 4;    ///< residual layers
  void fields(Fields& v);
};

/// shape is [D]; classes 0: unconditional.
Graph mlp(const MlpOptions& options, const Shape& shape, int64_t classes);

}  // namespace athanor::arch
