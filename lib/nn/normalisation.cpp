#include "nn/normalisation.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "engine/gradients.h"
#include "engine/normalisation.h"
#include "nn/images.h"

namespace athanor::nn {
namespace {

using engine::Plane;

/// What both directions need.
struct Parts {
  at::Tensor x, weight, bias, scale_shift;  ///< scale_shift: of no elements when absent
  int64_t groups;
  double epsilon;
  bool silu;

  engine::Activation activation() const { return silu ? engine::Activation::silu : engine::Activation::none; }
  bool modulated() const { return scale_shift.numel() > 0; }
  const float* scale_shift_of(int64_t image) const {
    return modulated() ? scale_shift.data_ptr<float>() + image * 2 * x.size(1) : nullptr;
  }
  engine::Moments moments_of(const Images& images, int64_t image) const {
    const engine::Source source{images.plane(), images.image(image)};
    return engine::moments(images.kernels(), {&source, 1}, groups, epsilon);
  }
};

at::Tensor forward_of(const Parts& p) {
  const at::Tensor y = at::empty_like(p.x);
  const Images from(p.x), to(y);
  const Plane& plane = from.plane();
  const float *weight = p.weight.data_ptr<float>(), *bias = p.bias.data_ptr<float>();
  at::parallel_for(0, from.count(), 1, [&](int64_t begin, int64_t end) {
    std::vector<float> factors(static_cast<size_t>(plane.channels)), offsets(factors);
    for (int64_t i = begin; i < end; ++i) {
      engine::coefficients(p.moments_of(from, i), plane.channels, weight, bias, p.scale_shift_of(i), factors.data(),
                           offsets.data());
      from.kernels().affine({.from = plane,
                             .to = plane,
                             .first = 0,
                             .last = plane.height,
                             .x = from.image(i),
                             .y = to.image(i),
                             .scale = factors.data(),
                             .shift = offsets.data(),
                             .activation = p.activation()});
    }
  });
  return y;
}

/// Gradients by x, weight, bias and scale_shift. With x̂ = (x − μ)·r, u = w·x̂ + b, z = (1 + s)·u + t and gz = ∂L/∂z:
///   ∂t = Σ gz,  ∂s = Σ gz·u,  ∂w = Σ (1 + s)·gz·x̂,  ∂b = Σ (1 + s)·gz     over the pixels
///   ∂x = r·(g − mean(g) − x̂·mean(g·x̂)),  g = (1 + s)·w·gz                 means over a group
std::vector<at::Tensor> backward_of(const Parts& p, const at::Tensor& gy) {
  const at::Tensor by_x = at::empty_like(p.x);
  const Images x(p.x), slopes(gy), out(by_x);
  const Plane& plane = x.plane();
  const engine::Gradients& kernels = engine::gradients(x.precision());
  const int64_t images = x.count(), channels = plane.channels, size = channels / p.groups;
  const double count = double(size * plane.pixels());
  at::Tensor by_weight = at::zeros({images, channels}, at::kDouble), by_bias = at::zeros_like(by_weight);
  at::Tensor by_scale_shift = p.modulated() ? at::empty({images, 2 * channels}, at::kFloat) : at::Tensor();
  const float *weight = p.weight.data_ptr<float>(), *bias = p.bias.data_ptr<float>();
  float* modulation = by_scale_shift.defined() ? by_scale_shift.data_ptr<float>() : nullptr;
  double *weights = by_weight.data_ptr<double>(), *biases = by_bias.data_ptr<double>();
  at::parallel_for(0, images, 1, [&](int64_t begin, int64_t end) {
    const size_t c_size = static_cast<size_t>(channels);
    std::vector<float> factors(c_size), offsets(c_size), a(c_size), b(c_size), constant(c_size);
    std::vector<double> sums(c_size), products(c_size);
    for (int64_t i = begin; i < end; ++i) {
      const engine::Moments moments = p.moments_of(x, i);
      const float* given = p.scale_shift_of(i);
      engine::coefficients(moments, channels, weight, bias, given, factors.data(), offsets.data());
      kernels.affine({.plane = plane,
                      .x = x.image(i),
                      .gy = slopes.image(i),
                      .gz = out.image(i),
                      .scale = factors.data(),
                      .shift = offsets.data(),
                      .activation = p.activation(),
                      .sums = sums.data(),
                      .products = products.data()});
      for (int64_t g = 0; g < p.groups; ++g) {
        const double mean = double(moments.mean[size_t(g)]), r = double(moments.inverse[size_t(g)]);
        double first = 0, second = 0;  // the means of g and of g·x̂
        for (int64_t c = g * size; c < (g + 1) * size; ++c) {
          const double scaled = given != nullptr ? 1 + double(given[c]) : 1;
          const double sum = sums[size_t(c)], with_norm = r * (products[size_t(c)] - mean * sum);  // Σ gz, Σ gz·x̂
          weights[i * channels + c] = scaled * with_norm;
          biases[i * channels + c] = scaled * sum;
          if (modulation != nullptr) {
            modulation[i * 2 * channels + c] = float(double(weight[c]) * with_norm + double(bias[c]) * sum);
            modulation[i * 2 * channels + channels + c] = float(sum);
          }
          first += scaled * double(weight[c]) * sum / count;
          second += scaled * double(weight[c]) * with_norm / count;
        }
        for (int64_t c = g * size; c < (g + 1) * size; ++c) {
          a[size_t(c)] = factors[size_t(c)];
          b[size_t(c)] = float(-r * r * second);
          constant[size_t(c)] = float(r * (r * mean * second - first));
        }
      }
      kernels.combine({.plane = plane,
                       .gz = out.image(i),
                       .x = x.image(i),
                       .a = a.data(),
                       .b = b.data(),
                       .offset = constant.data(),
                       .out = out.image(i)});
    }
  });
  return {by_x, by_weight.sum(0).to(at::kFloat), by_bias.sum(0).to(at::kFloat), by_scale_shift};
}

class NormalisationFunction : public torch::autograd::Function<NormalisationFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, int64_t groups,
                            double epsilon, const at::Tensor& weight, const at::Tensor& bias,
                            const at::Tensor& scale_shift, bool silu) {
    const Parts parts{.x = channels_last(x.detach()),
                      .weight = weight.detach().contiguous(),
                      .bias = bias.detach().contiguous(),
                      .scale_shift = scale_shift.detach().contiguous(),
                      .groups = groups,
                      .epsilon = epsilon,
                      .silu = silu};
    context->save_for_backward({parts.x, parts.weight, parts.bias, parts.scale_shift});
    context->saved_data["groups"] = groups;
    context->saved_data["epsilon"] = epsilon;
    context->saved_data["silu"] = silu;
    return forward_of(parts);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto by = backward_of({.x = saved[0],
                                 .weight = saved[1],
                                 .bias = saved[2],
                                 .scale_shift = saved[3],
                                 .groups = context->saved_data["groups"].toInt(),
                                 .epsilon = context->saved_data["epsilon"].toDouble(),
                                 .silu = context->saved_data["silu"].toBool()},
                                channels_last(gradients[0]));
    return {by[0], at::Tensor(), at::Tensor(), by[1], by[2], by[3], at::Tensor()};
  }
};

}  // namespace

at::Tensor normalisation(const at::Tensor& x, int64_t groups, double epsilon, const at::Tensor& weight,
                         const at::Tensor& bias, const at::Tensor& scale_shift, bool silu) {
  return NormalisationFunction::apply(x, groups, epsilon, weight, bias,
                                      scale_shift.defined() ? scale_shift.to(at::kFloat) : at::empty({0}), silu);
}

}  // namespace athanor::nn
