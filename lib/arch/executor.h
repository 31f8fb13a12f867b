// A network that is ready to run, whatever runs it.
#pragma once

#include <memory>
#include <span>

#include "arch/graph.h"

namespace athanor::arch {

class Executor {
 public:
  explicit Executor(const Graph& graph);
  virtual ~Executor() = default;
  /// One forward pass over a batch of n images.
  /// x: float32 [n, the input's shape…]; noise: c_noise [n]; labels: [n] classes, −1 for none, or empty for none at
  /// all; out: float32 [n, the output's shape…]. Each image's result is its own, whatever else is in the batch, up to
  /// the rounding of the library's matrix products. Throws Error{data}: another number of elements, a label that is no
  /// class.
  void forward(std::span<const float> x, std::span<const float> noise, std::span<const int64_t> labels,
               std::span<float> out);

 protected:
  /// The same of what fits; labels of all images, where the network has classes.
  virtual void run(std::span<const float> x, std::span<const float> noise, std::span<const int64_t> labels,
                   std::span<float> out) = 0;

 private:
  int64_t in_, out_, classes_ = 0;  ///< in, out: elements of an image
};

}  // namespace athanor::arch
