#include "nn/convolution.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cstring>

#include "engine/gradients.h"
#include "engine/winograd.h"
#include "nn/images.h"

namespace athanor::nn {
namespace {

using engine::Plane;
using engine::Weight;
using engine::Winograd;

void in_parallel(int64_t n, const std::function<void(int64_t, int64_t)>& f) { at::parallel_for(0, n, 1, f); }

/// An image between its halo.
class Framed {
 public:
  Framed(const Images& images, int64_t halo)
      : images_(images), plane_(images.plane()), memory_(size_t(halo > 0 ? framed(halo).elements() * element() : 0)) {
    plane_.halo = halo;
    clear_halo(plane_, element(), memory_.data());
  }
  const Plane& plane() const { return plane_; }
  /// Until the next call.
  const std::byte* image(int64_t i) {
    const std::byte* from = images_.image(i);
    if (plane_.halo == 0) return from;
    const int64_t row = plane_.width * plane_.channels * element();
    for (int64_t y = 0; y < plane_.height; ++y)
      std::memcpy(memory_.data() + plane_.at(y, 0) * element(), from + y * row, size_t(row));
    return memory_.data();
  }

 private:
  int64_t element() const { return images_.kernels().element; }
  Plane framed(int64_t halo) const {
    Plane plane = images_.plane();
    plane.halo = halo;
    return plane;
  }
  const Images& images_;
  Plane plane_;
  std::vector<std::byte> memory_;
};

/// A product that gives some pixels of every image.
struct Part {
  engine::Packed weight;
  std::vector<int64_t> origins, outs;
};

/// Every image of y from that of x by all parts; the window reaches `halo` pixels beyond it.
void multiply(const Images& x, const std::vector<Part>& parts, std::vector<float> bias, int64_t halo, const Images& y) {
  const engine::Kernels& kernels = x.kernels();
  const int64_t columns = y.plane().channels;
  bias.resize(size_t((columns + kernels.columns - 1) / kernels.columns * kernels.columns));
  at::parallel_for(0, x.count(), 1, [&](int64_t begin, int64_t end) {
    Framed framed(x, halo);
    std::vector<std::byte> scratch;
    for (int64_t i = begin; i < end; ++i) {
      const std::byte* image = framed.image(i);
      for (const Part& part : parts) {
        const engine::Term term{.data = image,
                                .origins = part.origins.data(),
                                .segments = part.weight.segments,
                                .length = part.weight.length,
                                .panels = part.weight.panels.data()};
        const std::span<const engine::Term> terms(&term, part.weight.panels.empty() ? 0 : 1);
        scratch.resize(size_t(kernels.product_scratch(terms)));
        kernels.multiply({.terms = terms,
                          .rows = int64_t(part.outs.size()),
                          .columns = columns,
                          .bias = bias.data(),
                          .out = y.image(i),
                          .outs = part.outs.data(),
                          .scratch = scratch.data()});
      }
    }
  });
}

Winograd::Stack stack_of(const Images& images, int64_t first) {
  return {.first = images.image(first), .bytes = images.image(1) - images.image(0), .plane = images.plane()};
}

void multiply_by_tiles(const Images& x, const Weight& weight, const std::vector<float>& bias, const Images& y) {
  const Winograd::Input input{.plane = x.plane(), .weight = weight};
  const Winograd convolution(x.kernels(), {&input, 1}, y.plane(), x.count(), in_parallel);
  at::parallel_for(0, x.count(), 1, [&](int64_t begin, int64_t end) {
    std::vector<float> scratch(size_t(convolution.scratch()));
    const Winograd::Stack from = stack_of(x, begin);
    convolution.run(end - begin, {&from, 1}, bias.data(), {}, stack_of(y, begin), {}, scratch.data());
  });
}

/// conv(x, weight) + bias.
at::Tensor forward_of(const at::Tensor& x, const Weight& weight, const std::vector<float>& bias, int64_t stride) {
  const at::Tensor result =
      empty_images(x, weight.out, (x.size(2) + stride - 1) / stride, (x.size(3) + stride - 1) / stride);
  const Images from(x), to(result);
  if (suits_winograd(from.kernels(), weight, stride, to.plane())) {
    multiply_by_tiles(from, weight, bias, to);
    return result;
  }
  Plane framed = from.plane();
  framed.halo = weight.kernel / 2;
  const engine::Window window = engine::window_of(weight.kernel);
  const engine::Grid grid{.height = to.plane().height, .width = to.plane().width};
  engine::Grid seen = grid;
  seen.step = stride;
  multiply(from,
           {{.weight = pack(from.kernels(), weight, 0, framed, window, window, in_parallel),
             .origins = places(framed, seen),
             .outs = places(to.plane(), grid)}},
           bias, framed.halo, to);
  return result;
}

/// The gradient by x, of which one pixel in stride² is seen by each part of the kernel. `weight` leads from gy's
/// channels to x's.
at::Tensor gradient_by_input(const at::Tensor& gy, const Weight& weight, int64_t stride, int64_t height,
                             int64_t width) {
  at::Tensor result = empty_images(gy, weight.out, height, width);
  const Images from(gy), to(result);
  Plane framed = from.plane();
  framed.halo = weight.kernel / 2;
  std::vector<Part> parts;
  for (int64_t phase = 0; phase < stride * stride; ++phase) {
    const int64_t py = phase / stride, px = phase % stride;
    engine::Grid grid{.height = (height - py + stride - 1) / stride, .width = (width - px + stride - 1) / stride};
    Part& part = parts.emplace_back();
    part.weight = pack(from.kernels(), weight, 0, framed, engine::gradient_window(weight.kernel, stride, py),
                       engine::gradient_window(weight.kernel, stride, px), in_parallel);
    part.origins = places(framed, grid);
    grid.step = stride;
    grid.down = py;
    grid.across = px;
    part.outs = places(to.plane(), grid);
  }
  multiply(from, parts, std::vector<float>(size_t(weight.out)), framed.halo, to);
  return result;
}

/// Sums of the threads, each over its images.
class Sums {
 public:
  explicit Sums(int64_t size) : size_(size), parts_(size_t(at::get_num_threads())) {}
  float* mine() {
    std::vector<float>& part = parts_[size_t(at::get_thread_num())];
    part.resize(size_t(size_));
    return part.data();
  }
  /// Stays until this ends.
  float* total() {
    std::erase_if(parts_, [](const std::vector<float>& part) { return part.empty(); });
    if (parts_.empty()) parts_.emplace_back(static_cast<size_t>(size_));
    at::parallel_for(0, size_, 1 << 14, [&](int64_t begin, int64_t end) {
      for (size_t part = 1; part < parts_.size(); ++part)
        for (int64_t i = begin; i < end; ++i) parts_[0][size_t(i)] += parts_[part][size_t(i)];
    });
    return parts_[0].data();
  }

 private:
  int64_t size_;
  std::vector<std::vector<float>> parts_;
};

/// [O,C,k,k], the sum over the pixels that each of the kernel's rows meets.
at::Tensor gradient_by_weight(const Images& x, const Images& gy, int64_t kernel, int64_t stride) {
  const int64_t in = x.plane().channels, out = gy.plane().channels, row = kernel * in;
  Sums sums(kernel * row * out);
  at::parallel_for(0, x.count(), 1, [&](int64_t begin, int64_t end) {
    float* const sum = sums.mine();
    Framed framed(x, kernel / 2);
    for (int64_t i = begin; i < end; ++i) {
      const std::byte* image = framed.image(i);
      for (int64_t k = 0; k < kernel; ++k)
        engine::gradients(x.precision())
            .weight({.from = framed.plane(),
                     .to = gy.plane(),
                     .x = image,
                     .gy = gy.image(i),
                     .stride = stride,
                     .shift = (k - kernel / 2) * framed.plane().row() - kernel / 2 * in,
                     .rows = row,
                     .sums = sum + k * row * out});
    }
  });
  return at::from_blob(sums.total(), {kernel, kernel, in, out}, at::kFloat)
      .permute({3, 2, 0, 1})
      .clone(at::MemoryFormat::Contiguous);
}

/// The same for 3×3 kernels by Winograd's tiles, Gᵀ·[Σ (A·gy·Aᵀ) ⊙ (Bᵀ·x·B)]·G: the forward pass read backwards.
at::Tensor gradient_by_weight_of_tiles(const Images& x, const Images& gy) {
  // Tiles that are taken together: of as many images as make it worth while, and no more than stay in a cache.
  constexpr int64_t least = 64, most = 1024;
  const int64_t in = x.plane().channels, out = gy.plane().channels;
  const int64_t across = (x.plane().width + 1) / 2, tiles = (x.plane().height + 1) / 2 * across;
  const int64_t block = std::min(std::max<int64_t>(1, least / tiles) * tiles, most);
  const std::vector<float> zeros(size_t(std::max(in, out)));
  const engine::Gradients& kernels = engine::gradients(x.precision());
  Sums sums(16 * in * out);
  at::parallel_for(0, x.count(), 1, [&](int64_t begin, int64_t end) {
    float* const sum = sums.mine();
    std::vector<float> seen(size_t(16 * block * in)), spread(size_t(16 * block * out));
    for (int64_t first = begin * tiles; first < end * tiles; first += block) {
      const int64_t count = std::min(block, end * tiles - first);
      for (int64_t t = first; t < first + count;) {
        engine::Tiles part{.first = t % tiles, .across = across, .row = in, .part = count * in};
        part.count = std::min(tiles - part.first, first + count - t);
        x.kernels().tiles_in({.tiles = part,
                              .from = x.plane(),
                              .x = x.image(t / tiles),
                              .zeros = zeros.data(),
                              .to = seen.data() + (t - first) * in});
        part.row = out;
        part.part = count * out;
        kernels.tiles_spread({.tiles = part,
                              .from = gy.plane(),
                              .gy = gy.image(t / tiles),
                              .zeros = zeros.data(),
                              .to = spread.data() + (t - first) * out});
        t += part.count;
      }
      for (int64_t k = 0; k < 16; ++k)
        kernels.weight_floats({.from = {.channels = in, .width = count},
                               .to = {.channels = out, .width = count},
                               .x = seen.data() + k * count * in,
                               .gy = spread.data() + k * count * out,
                               .rows = in,
                               .sums = sum + k * in * out});
    }
  });
  const at::Tensor u = at::from_blob(sums.total(), {4, 4, in * out}, at::kFloat);
  const at::Tensor g = at::tensor({1.f, 0.f, 0.f, 0.5f, 0.5f, 0.5f, 0.5f, -0.5f, 0.5f, 0.f, 0.f, 1.f}).view({4, 3});
  const at::Tensor down = at::matmul(g.t(), u.reshape({4, 4 * in * out})).view({3, 4, in * out});
  return at::matmul(g.t(), down).view({3, 3, in, out}).permute({3, 2, 0, 1}).clone(at::MemoryFormat::Contiguous);
}

/// [C]
at::Tensor gradient_by_bias(const Images& gy) {
  const int64_t channels = gy.plane().channels;
  const at::Tensor by_image = at::empty({gy.count(), channels}, at::kDouble);
  double* const sums = by_image.data_ptr<double>();
  at::parallel_for(0, gy.count(), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) gy.kernels().sum(gy.plane(), gy.image(i), nullptr, sums + i * channels);
  });
  return by_image.sum(0).to(at::kFloat);
}

class ConvolutionFunction : public torch::autograd::Function<ConvolutionFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias, int64_t stride) {
    const at::Tensor images = channels_last(x.detach());
    const at::Tensor w = weight.detach().contiguous(), b = bias.detach().contiguous();
    context->save_for_backward({images, w});
    context->saved_data["by_x"] = x.requires_grad();
    context->saved_data["stride"] = stride;
    return forward_of(images, {.values = w.data_ptr<float>(), .out = w.size(0), .in = w.size(1), .kernel = w.size(2)},
                      {b.data_ptr<float>(), b.data_ptr<float>() + b.numel()}, stride);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &w = saved[1], gy = channels_last(gradients[0]);
    const int64_t stride = context->saved_data["stride"].toInt(), kernel = w.size(2);
    const Images images(x), slopes(gy);
    const bool tiled =
        suits_winograd(images.kernels(), {.out = w.size(0), .in = w.size(1), .kernel = kernel}, stride, slopes.plane());
    at::Tensor by_x;
    if (context->saved_data["by_x"].toBool()) {
      // A convolution of stride 1 is carried back by one with the kernel turned.
      const Weight back{.values = w.data_ptr<float>(),
                        .out = w.size(1),
                        .in = w.size(0),
                        .kernel = kernel,
                        .exchanged = true,
                        .turned = tiled};
      by_x = tiled ? forward_of(gy, back, std::vector<float>(size_t(back.out)), 1)
                   : gradient_by_input(gy, back, stride, x.size(2), x.size(3));
    }
    return {by_x,
            tiled ? gradient_by_weight_of_tiles(images, slopes) : gradient_by_weight(images, slopes, kernel, stride),
            gradient_by_bias(slopes), at::Tensor()};
  }
};

}  // namespace

at::Tensor convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, int64_t stride) {
  return ConvolutionFunction::apply(x, weight, bias, stride);
}

}  // namespace athanor::nn
