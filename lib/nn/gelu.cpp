#include "nn/gelu.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "engine/gradients.h"
#include "nn/images.h"

namespace athanor::nn {
namespace {

class GeluFunction : public torch::autograd::Function<GeluFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x) {
    const at::Tensor images = channels_last(x.detach()), result = at::empty_like(images);
    context->save_for_backward({images});
    const Images from(images), to(result);
    const engine::Plane& plane = from.plane();
    const std::vector<float> ones(static_cast<size_t>(plane.channels), 1.f), zeros(ones.size());
    at::parallel_for(0, from.count(), 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        from.kernels().affine({.from = plane,
                               .to = plane,
                               .last = plane.height,
                               .x = from.image(i),
                               .y = to.image(i),
                               .scale = ones.data(),
                               .shift = zeros.data(),
                               .activation = engine::Activation::gelu});
    });
    return result;
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const at::Tensor x = context->get_saved_variables()[0], gy = channels_last(gradients[0]);
    const at::Tensor result = at::empty_like(x);
    const Images from(x), slopes(gy), to(result);
    const engine::Plane& plane = from.plane();
    const std::vector<float> ones(static_cast<size_t>(plane.channels), 1.f), zeros(ones.size());
    at::parallel_for(0, from.count(), 1, [&](int64_t begin, int64_t end) {
      std::vector<double> sums(ones.size()), products(ones.size());  // nobody asks for them
      for (int64_t i = begin; i < end; ++i)
        engine::gradients(from.precision())
            .affine({.plane = plane,
                     .x = from.image(i),
                     .gy = slopes.image(i),
                     .gz = to.image(i),
                     .scale = ones.data(),
                     .shift = zeros.data(),
                     .activation = engine::Activation::gelu,
                     .sums = sums.data(),
                     .products = products.data()});
    });
    return {result};
  }
};

}  // namespace

at::Tensor gelu(const at::Tensor& x) { return GeluFunction::apply(x); }

}  // namespace athanor::nn
