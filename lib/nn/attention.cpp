#include "nn/attention.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>

#include "engine/convolution.h"
#include "engine/gradients.h"
#include "nn/images.h"

namespace athanor::nn {
namespace {

std::vector<int64_t> multiples(int64_t count, int64_t of) {
  std::vector<int64_t> offsets;
  for (int64_t i = 0; i < count; ++i) offsets.push_back(i * of);
  return offsets;
}

at::Tensor forward_of(const at::Tensor& qkv, int64_t heads) {
  const at::Tensor result = empty_images(qkv, qkv.size(1) / 3, qkv.size(2), qkv.size(3));
  const Images from(qkv), to(result);
  const engine::Kernels& kernels = from.kernels();
  const int64_t channels = to.plane().channels, size = channels / heads, tokens = to.plane().pixels();
  const std::vector<int64_t> origins = multiples(tokens, 3 * channels), outs = multiples(tokens, channels);
  at::parallel_for(0, from.count() * heads, 1, [&](int64_t begin, int64_t end) {
    std::vector<float> scratch(size_t(kernels.head_scratch(tokens, size)));
    for (int64_t i = begin; i < end; ++i) {
      const std::byte* const head = from.image(i / heads) + i % heads * size * kernels.element;
      kernels.attend({.tokens = tokens,
                      .first = 0,
                      .last = tokens,
                      .size = size,
                      .q = head,
                      .k = head + channels * kernels.element,
                      .v = head + 2 * channels * kernels.element,
                      .origins = origins.data(),
                      .out = to.image(i / heads) + i % heads * size * kernels.element,
                      .outs = outs.data(),
                      .scale = float(1 / std::sqrt(double(size))),
                      .soften = kernels.soften,
                      .scratch = scratch.data()});
    }
  });
  return result;
}

/// A matrix in float32, row by row, and its products by the engine's kernels.
struct Matrix {
  int64_t rows, columns;
  std::vector<float> values;
  Matrix(int64_t height, int64_t width) : rows(height), columns(width), values(size_t(height * width)) {}
  float* row(int64_t i) { return values.data() + i * columns; }
  const float* row(int64_t i) const { return values.data() + i * columns; }
};

/// A matrix (or its transpose) laid out to be multiplied by.
class Factor {
 public:
  Factor(const Matrix& m, bool transpose)
      : kernels_(engine::kernels_of("", engine::Precision::float32)),
        steps_(transpose ? m.columns : m.rows),
        columns_(transpose ? m.rows : m.columns),
        zeros_(size_t(columns_ + kernels_.columns)) {
    const engine::Window one = engine::window_of(1);
    panels_ =
        engine::pack(kernels_, {.values = m.values.data(), .out = columns_, .in = steps_, .exchanged = !transpose}, 0,
                     {.channels = steps_}, one, one, [](int64_t n, const auto& f) { f(0, n); })
            .panels;
  }
  /// out [rows, columns] = a [rows, steps]·this.
  void multiply(const float* a, int64_t rows, float* out) const {
    const std::vector<int64_t> origins = multiples(rows, steps_), outs = multiples(rows, columns_);
    const int64_t segment = 0;
    const engine::Term term{
        .data = a, .origins = origins.data(), .segments = {&segment, 1}, .length = steps_, .panels = panels_.data()};
    kernels_.multiply({.terms = {&term, 1},
                       .rows = rows,
                       .columns = columns_,
                       .bias = zeros_.data(),
                       .out = out,
                       .outs = outs.data()});
  }

 private:
  const engine::Kernels& kernels_;
  int64_t steps_, columns_;
  std::vector<std::byte> panels_;
  std::vector<float> zeros_;
};

/// sums [columns of a, columns of b] += aᵀ·b over `rows` rows.
void add_transposed_product(const float* a, int64_t a_columns, const float* b, int64_t b_columns, int64_t rows,
                            float* sums) {
  engine::gradients(engine::Precision::float32)
      .weight_floats({.from = {.channels = a_columns, .width = rows},
                      .to = {.channels = b_columns, .width = rows},
                      .x = a,
                      .gy = b,
                      .rows = a_columns,
                      .sums = sums});
}

/// One head of one image. With S = q·kᵀ/√d, P = softmax(S), y = P·v:
///   ∂v = Pᵀ·∂y,   ∂S = P ⊙ (∂P − Σ P ⊙ ∂P),  ∂P = ∂y·vᵀ,   ∂q = ∂S·k/√d,   ∂k = ∂Sᵀ·q/√d
/// for some rows of S at a time.
struct HeadGradient {
  Matrix q, k, v, by_q, by_k, by_v;
  HeadGradient(int64_t tokens, int64_t size)
      : q(tokens, size), k(tokens, size), v(tokens, size), by_q(tokens, size), by_k(tokens, size), by_v(tokens, size) {}

  void run(const Matrix& by_y) {
    constexpr int64_t together = 48;
    const int64_t tokens = q.rows, size = q.columns;
    const float scale = float(1 / std::sqrt(double(size)));
    for (float& x : q.values) x *= scale;
    const Factor keys(k, true), values(v, true), mixed(k, false);
    const engine::Gradients& kernels = engine::gradients(engine::Precision::float32);
    Matrix weights(together, tokens), slopes(together, tokens);
    std::ranges::fill(by_k.values, 0.f);
    std::ranges::fill(by_v.values, 0.f);
    for (int64_t first = 0; first < tokens; first += together) {
      const int64_t n = std::min(together, tokens - first);
      keys.multiply(q.row(first), n, weights.row(0));
      values.multiply(by_y.row(first), n, slopes.row(0));
      for (int64_t i = 0; i < n; ++i) {
        kernels.softmax(weights.row(i), tokens);
        kernels.softmax_gradient(weights.row(i), tokens, slopes.row(i));
      }
      add_transposed_product(weights.row(0), tokens, by_y.row(first), size, n, by_v.row(0));
      add_transposed_product(slopes.row(0), tokens, q.row(first), size, n, by_k.row(0));
      mixed.multiply(slopes.row(0), n, by_q.row(first));
    }
    for (float& x : by_q.values) x *= scale;
  }
};

at::Tensor backward_of(const at::Tensor& qkv, const at::Tensor& gy, int64_t heads) {
  const at::Tensor result = at::empty_like(qkv);
  const Images from(qkv), slopes(gy), to(result);
  const engine::Kernels& kernels = from.kernels();
  const int64_t channels = slopes.plane().channels, size = channels / heads, tokens = slopes.plane().pixels();
  at::parallel_for(0, from.count() * heads, 1, [&](int64_t begin, int64_t end) {
    HeadGradient head(tokens, size);
    Matrix by_y(tokens, size);
    const auto widen = [&](const std::byte* x, int64_t row, Matrix& m) {
      for (int64_t t = 0; t < tokens; ++t) kernels.widen(x + t * row * kernels.element, size, m.row(t));
    };
    for (int64_t i = begin; i < end; ++i) {
      const auto part = [&](const Images& images, int64_t which) {
        return images.image(i / heads) + (which * channels + i % heads * size) * kernels.element;
      };
      widen(part(from, 0), 3 * channels, head.q);
      widen(part(from, 1), 3 * channels, head.k);
      widen(part(from, 2), 3 * channels, head.v);
      widen(part(slopes, 0), channels, by_y);
      head.run(by_y);
      const Matrix* const by[] = {&head.by_q, &head.by_k, &head.by_v};
      for (int64_t which = 0; which < 3; ++which)
        for (int64_t t = 0; t < tokens; ++t)
          kernels.narrow(by[which]->row(t), size, part(to, which) + t * 3 * channels * kernels.element);
    }
  });
  return result;
}

class AttentionFunction : public torch::autograd::Function<AttentionFunction> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& qkv, int64_t heads) {
    const at::Tensor images = channels_last(qkv.detach());
    context->save_for_backward({images});
    context->saved_data["heads"] = heads;
    return forward_of(images, heads);
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const at::Tensor images = context->get_saved_variables()[0];
    return {backward_of(images, channels_last(gradients[0]), context->saved_data["heads"].toInt()), at::Tensor()};
  }
};

}  // namespace

at::Tensor attention(const at::Tensor& qkv, int64_t heads) { return AttentionFunction::apply(qkv, heads); }

}  // namespace athanor::nn
