#include "nn/convolution.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include "engine/convolution.h"
#include "engine/gradients.h"

namespace athanor::nn {
namespace {

using engine::Plane;

/// [N,C,H,W] in memory [N,H,W,C].
at::Tensor channels_last(const at::Tensor& x) { return x.contiguous(at::MemoryFormat::ChannelsLast); }
at::Tensor empty_images(int64_t n, int64_t c, int64_t h, int64_t w) {
  return at::empty({n, c, h, w}, at::TensorOptions().dtype(at::kFloat).memory_format(at::MemoryFormat::ChannelsLast));
}
Plane plane_of(const at::Tensor& x, int64_t halo = 0) {
  return {.channels = x.size(1), .height = x.size(2), .width = x.size(3), .halo = halo};
}

/// Copies an image between its halo.
void frame(const Plane& plane, const float* x, float* framed) {
  clear_halo(plane, sizeof(float), reinterpret_cast<std::byte*>(framed));
  const int64_t row = plane.width * plane.channels;
  for (int64_t y = 0; y < plane.height; ++y) std::copy_n(x + y * row, row, framed + plane.at(y, 0));
}

std::vector<int64_t> places(const Plane& plane) {
  std::vector<int64_t> offsets;
  for (int64_t y = 0; y < plane.height; ++y)
    for (int64_t x = 0; x < plane.width; ++x) offsets.push_back(plane.at(y, x));
  return offsets;
}

/// conv(x, weight) + bias, image by image.
at::Tensor multiply(const at::Tensor& x, const engine::Weight& weight, const std::vector<float>& bias) {
  const engine::Kernels& kernels = engine::kernels_of("", engine::Precision::float32);
  const Plane from = plane_of(x, weight.kernel / 2);
  at::Tensor y = empty_images(x.size(0), weight.out, x.size(2), x.size(3));
  const Plane to = plane_of(y);
  const std::vector<std::byte> panels = engine::pack(weight, kernels);
  std::vector<float> padded = bias;
  padded.resize(size_t((weight.out + kernels.columns - 1) / kernels.columns * kernels.columns));
  const std::vector<int64_t> origins = places(from), outs = places(to);
  std::vector<int64_t> segments;
  for (int64_t k = 0; k < weight.kernel; ++k)
    segments.push_back((k - weight.kernel / 2) * from.row() - weight.kernel / 2 * from.channels);
  const float* in = x.data_ptr<float>();
  float* out = y.data_ptr<float>();
  at::parallel_for(0, x.size(0), 1, [&](int64_t begin, int64_t end) {
    std::vector<float> framed(size_t(from.halo > 0 ? from.elements() : 0));
    for (int64_t i = begin; i < end; ++i) {
      const float* image = in + i * from.pixels() * from.channels;
      if (from.halo > 0) frame(from, image, framed.data());
      const engine::Term term{.data = from.halo > 0 ? framed.data() : image,
                              .origins = origins.data(),
                              .segments = segments,
                              .length = weight.kernel * from.channels,
                              .panels = panels.data()};
      kernels.multiply({.terms = {&term, 1},
                        .rows = to.pixels(),
                        .columns = to.channels,
                        .bias = padded.data(),
                        .out = out + i * to.elements(),
                        .outs = outs.data()});
    }
  });
  return y;
}

/// The weight of the convolution that carries gradients back: turned by 180°, inputs and outputs exchanged.
std::vector<float> turned(const float* weight, int64_t out, int64_t in, int64_t kernel) {
  std::vector<float> turned(size_t(out * in * kernel * kernel));
  const int64_t taps = kernel * kernel;
  for (int64_t o = 0; o < out; ++o)
    for (int64_t i = 0; i < in; ++i)
      for (int64_t t = 0; t < taps; ++t) turned[size_t((i * out + o) * taps + taps - 1 - t)] = *weight++;
  return turned;
}

/// The gradients by weight [O,C,k,k] and bias [O]: each thread sums over its images.
std::pair<at::Tensor, at::Tensor> weight_gradients(const at::Tensor& x, const at::Tensor& gy, int64_t kernel) {
  const Plane from = plane_of(x, kernel / 2), to = plane_of(gy);
  const int64_t size = kernel * kernel * from.channels * to.channels;
  const int threads = at::get_num_threads();
  std::vector<std::vector<float>> weights(static_cast<size_t>(threads));
  std::vector<std::vector<double>> biases(weights.size(), std::vector<double>(size_t(to.channels)));
  const float *in = x.data_ptr<float>(), *out = gy.data_ptr<float>();
  at::parallel_for(0, x.size(0), 1, [&](int64_t begin, int64_t end) {
    std::vector<float>& weight = weights[size_t(at::get_thread_num())];
    std::vector<double>& bias = biases[size_t(at::get_thread_num())];
    weight.resize(static_cast<size_t>(size));
    std::vector<float> framed(size_t(from.elements()));
    std::vector<double> sums(static_cast<size_t>(to.channels));
    for (int64_t i = begin; i < end; ++i) {
      frame(from, in + i * from.pixels() * from.channels, framed.data());
      const float* g = out + i * to.elements();
      engine::kernels_of("", engine::Precision::float32).sum(to, g, nullptr, sums.data());
      for (size_t c = 0; c < sums.size(); ++c) bias[c] += sums[c];
      for (int64_t k = 0; k < kernel; ++k)
        engine::gradients().weight({.from = from,
                                    .to = to,
                                    .x = framed.data(),
                                    .gy = g,
                                    .shift = (k - kernel / 2) * from.row() - kernel / 2 * from.channels,
                                    .rows = kernel * from.channels,
                                    .sums = weight.data() + k * kernel * from.channels * to.channels});
    }
  });
  at::Tensor by_tap = at::zeros({kernel, kernel, from.channels, to.channels}, at::kFloat);
  at::Tensor by_bias = at::zeros({to.channels}, at::kDouble);
  for (size_t t = 0; t < weights.size(); ++t) {
    for (size_t i = 0; i < weights[t].size(); ++i) by_tap.data_ptr<float>()[i] += weights[t][i];
    for (size_t c = 0; c < biases[t].size(); ++c) by_bias.data_ptr<double>()[c] += biases[t][c];
  }
  return {by_tap.permute({3, 2, 0, 1}).contiguous(), by_bias.to(at::kFloat)};
}

class ConvolutionFunction : public torch::autograd::Function<ConvolutionFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias) {
    const at::Tensor images = channels_last(x.detach());
    const at::Tensor w = weight.detach().contiguous(), b = bias.detach().contiguous();
    context->save_for_backward({images, w});
    context->saved_data["by_x"] = x.requires_grad();
    const std::vector<float> values(w.data_ptr<float>(), w.data_ptr<float>() + w.numel());
    return multiply(images, {.values = &values, .out = w.size(0), .in = w.size(1), .kernel = w.size(2)},
                    {b.data_ptr<float>(), b.data_ptr<float>() + b.numel()});
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &w = saved[1], gy = channels_last(gradients[0]);
    const int64_t out = w.size(0), in = w.size(1), kernel = w.size(2);
    at::Tensor by_x;
    if (context->saved_data["by_x"].toBool()) {
      const std::vector<float> back = turned(w.data_ptr<float>(), out, in, kernel);
      by_x = multiply(gy, {.values = &back, .out = in, .in = out, .kernel = kernel}, std::vector<float>(size_t(in)));
    }
    auto [by_weight, by_bias] = weight_gradients(x, gy, kernel);
    return {by_x, by_weight, by_bias};
  }
};

}  // namespace

at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  return ConvolutionFunction::apply(x, weight, bias);
}

}  // namespace athanor::nn
