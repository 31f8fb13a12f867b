// A network that is ready to run, whatever runs it.
#pragma once

#include <memory>
#include <span>

#include "arch/network.h"
#include "io/layout.h"

namespace athanor::arch {

class Executor {
 public:
  virtual ~Executor() = default;
  /// One forward pass over a batch of n images.
  /// x: float32 [n, the input's shape…]; noise: c_noise [n]; labels: [n] classes, −1 for none (empty for a network
  /// without classes); out: float32 [n, the output's shape…]. Each image's result is its own, whatever else is in the
  /// batch, up to the rounding of the library's matrix products.
  virtual void forward(std::span<const float> x, std::span<const float> noise, std::span<const int64_t> labels,
                       std::span<float> out) = 0;
};

}  // namespace athanor::arch
