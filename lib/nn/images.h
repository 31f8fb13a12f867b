// Tensors as the engine's kernels see them.
#pragma once

#include <ATen/core/Tensor.h>

#include "engine/kernels.h"

namespace athanor::nn {

/// A batch [N,C,H,W] whose elements lie [N,H,W,C], or [N,C]: float32 or bfloat16.
class Images {
 public:
  explicit Images(const at::Tensor& x);
  const engine::Plane& plane() const { return plane_; }
  int64_t count() const { return count_; }
  std::byte* image(int64_t i) const { return data_ + i * plane_.elements() * kernels().element; }
  engine::Precision precision() const { return precision_; }
  /// The best for these elements.
  const engine::Kernels& kernels() const { return *kernels_; }

 private:
  engine::Plane plane_;
  engine::Precision precision_;
  const engine::Kernels* kernels_;
  int64_t count_;
  std::byte* data_;
};

/// The tensor itself when it lies so, else a copy that does.
at::Tensor channels_last(const at::Tensor& x);
/// Not initialised; like's type, [N,C,H,W] with these C, H and W.
at::Tensor empty_images(const at::Tensor& like, int64_t channels, int64_t height, int64_t width);

}  // namespace athanor::nn
