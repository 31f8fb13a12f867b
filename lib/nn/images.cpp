#include "nn/images.h"

#include <ATen/ATen.h>

#include "core/check.h"

namespace athanor::nn {

Images::Images(const at::Tensor& x)
    : plane_{.channels = x.size(1)},
      precision_(x.scalar_type() == at::kBFloat16 ? engine::Precision::bfloat16 : engine::Precision::float32),
      kernels_(&engine::kernels_of("", precision_)),
      count_(x.size(0)),
      data_(static_cast<std::byte*>(x.data_ptr())) {
  const bool known = x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16;
  require(known && x.device().is_cpu(), "the kernels take float32 or bfloat16 on the CPU, not {} on {}",
          at::toString(x.scalar_type()), x.device().str());
  require(x.dim() == 4 ? x.is_contiguous(at::MemoryFormat::ChannelsLast) : x.dim() == 2 && x.is_contiguous(),
          "the kernels take images [N,C,H,W] channels last or vectors [N,C]");
  if (x.dim() != 4) return;
  plane_.height = x.size(2);
  plane_.width = x.size(3);
}

at::Tensor channels_last(const at::Tensor& x) {
  return x.dim() == 4 ? x.contiguous(at::MemoryFormat::ChannelsLast) : x.contiguous();
}

at::Tensor empty_images(const at::Tensor& like, int64_t channels, int64_t height, int64_t width) {
  return at::empty({like.size(0), channels, height, width},
                   like.options().memory_format(at::MemoryFormat::ChannelsLast));
}

}  // namespace athanor::nn
