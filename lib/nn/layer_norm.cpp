#include "nn/layer_norm.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "engine/gradients.h"
#include "engine/normalisation.h"
#include "nn/images.h"

namespace athanor::nn {
namespace {

/// An image's 1 + scale and shift.
struct Modulation {
  std::vector<float> scale, shift;
  Modulation(const at::Tensor& scale_shift, int64_t image, int64_t channels)
      : scale(static_cast<size_t>(channels)), shift(scale) {
    const float* const given =
        scale_shift.numel() == 0 ? nullptr : scale_shift.data_ptr<float>() + image * 2 * channels;
    engine::coefficients({}, channels, nullptr, nullptr, given, scale.data(), shift.data());
  }
};

at::Tensor forward_of(const at::Tensor& x, const at::Tensor& scale_shift, double epsilon) {
  const at::Tensor y = at::empty_like(x);
  const Images from(x), to(y);
  const engine::Plane& plane = from.plane();
  at::parallel_for(0, from.count(), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const Modulation modulation(scale_shift, i, plane.channels);
      from.kernels().layer_norm({.from = plane,
                                 .to = plane,
                                 .last = plane.height,
                                 .x = from.image(i),
                                 .y = to.image(i),
                                 .scale = modulation.scale.data(),
                                 .shift = modulation.shift.data()},
                                float(epsilon));
    }
  });
  return y;
}

/// Gradients by x and scale_shift.
std::vector<at::Tensor> backward_of(const at::Tensor& x, const at::Tensor& scale_shift, double epsilon,
                                    const at::Tensor& gy) {
  const at::Tensor by_x = at::empty_like(x), by_scale_shift = at::empty_like(scale_shift);
  const Images from(x), slopes(gy), out(by_x);
  const engine::Plane& plane = from.plane();
  at::parallel_for(0, from.count(), 1, [&](int64_t begin, int64_t end) {
    std::vector<double> sums(static_cast<size_t>(plane.channels)), products(sums);
    for (int64_t i = begin; i < end; ++i) {
      const Modulation modulation(scale_shift, i, plane.channels);
      engine::gradients(from.precision())
          .layer_norm({.plane = plane,
                       .x = from.image(i),
                       .gy = slopes.image(i),
                       .gx = out.image(i),
                       .scale = modulation.scale.data(),
                       .epsilon = float(epsilon),
                       .sums = sums.data(),
                       .products = products.data()});
      if (scale_shift.numel() == 0) continue;
      float* const by = by_scale_shift.data_ptr<float>() + i * 2 * plane.channels;
      for (size_t c = 0; c < sums.size(); ++c) {
        by[c] = float(products[c]);
        by[sums.size() + c] = float(sums[c]);
      }
    }
  });
  return {by_x, by_scale_shift};
}

class LayerNormFunction : public torch::autograd::Function<LayerNormFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            const at::Tensor& scale_shift, double epsilon) {
    const at::Tensor images = channels_last(x.detach()), modulation = scale_shift.detach().contiguous();
    context->save_for_backward({images, modulation});
    context->saved_data["epsilon"] = epsilon;
    return forward_of(images, modulation, epsilon);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto by =
        backward_of(saved[0], saved[1], context->saved_data["epsilon"].toDouble(), channels_last(gradients[0]));
    return {by[0], by[1], at::Tensor()};
  }
};

}  // namespace

at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& scale_shift, double epsilon) {
  return LayerNormFunction::apply(x, scale_shift.defined() ? scale_shift.to(at::kFloat) : at::empty({0}), epsilon);
}

}  // namespace athanor::nn
