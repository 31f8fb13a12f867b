#include "nn/operations.h"

#include "unit/nn/make.h"

namespace athanor::nn {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): helpers of these tests alone

/// Sums of up to 425 float32 products, relative to the largest result.
constexpr double kBound = 5e-6;

/// Applies the last node of a graph.
at::Tensor apply_last(const arch::Graph& g, const std::vector<at::Tensor>& arguments,
                      const std::vector<at::Tensor>& parameters = {}, const Inputs& inputs = {}) {
  return apply(g.nodes().back(), inputs, arguments, parameters);
}

double silu(double x) { return x / (1 + std::exp(-x)); }

Elements conv2d_by_loops(const Elements& x, const Elements& weight, const Elements& bias, int64_t stride) {
  const int64_t out = weight.shape()[0], kernel = weight.shape()[2], height = x.shape()[2], width = x.shape()[3];
  Elements y({x.shape()[0], out, (height + stride - 1) / stride, (width + stride - 1) / stride});
  for (int64_t n = 0; n < y.shape()[0]; ++n)
    for (int64_t o = 0; o < out; ++o)
      for (int64_t i = 0; i < y.shape()[2]; ++i)
        for (int64_t j = 0; j < y.shape()[3]; ++j) {
          double sum = bias(o);
          for (int64_t c = 0; c < x.shape()[1]; ++c)
            for (int64_t a = 0; a < kernel; ++a)
              for (int64_t b = 0; b < kernel; ++b) {
                const int64_t row = i * stride + a - kernel / 2, column = j * stride + b - kernel / 2;
                if (row >= 0 && row < height && column >= 0 && column < width)
                  sum += weight(o, c, a, b) * x(n, c, row, column);
              }
          y(n, o, i, j) = sum;
        }
  return y;
}

/// Of q, k, v [tokens, d] of one image and head, into columns first..first+d of mixed [N,C,H,W].
void attend_by_loops(const Elements& qkv, int64_t n, int64_t first, int64_t d, Elements& mixed) {
  const int64_t channels = qkv.shape()[1] / 3, width = qkv.shape()[3], tokens = qkv.shape()[2] * width;
  const auto part = [&](int64_t which, int64_t k, int64_t token) {
    return qkv(n, which * channels + first + k, token / width, token % width);
  };
  for (int64_t i = 0; i < tokens; ++i) {
    std::vector<double> weights;
    double sum = 0;
    for (int64_t j = 0; j < tokens; ++j) {
      double product = 0;
      for (int64_t k = 0; k < d; ++k) product += part(0, k, i) * part(1, k, j);
      sum += weights.emplace_back(std::exp(product / std::sqrt(double(d))));
    }
    for (int64_t k = 0; k < d; ++k) {
      double value = 0;
      for (int64_t j = 0; j < tokens; ++j) value += weights[size_t(j)] / sum * part(2, k, j);
      mixed(n, first + k, i / width, i % width) = value;
    }
  }
}

/// (x − mean)/√(variance + 1e-5)·weight + bias over blocks of C/groups channels and all pixels.
Elements group_norm_by_loops(const Elements& x, const Elements& weight, const Elements& bias, int64_t groups) {
  const int64_t channels = x.shape()[1] / groups, height = x.shape()[2], width = x.shape()[3];
  Elements y(x.shape());
  for (int64_t n = 0; n < x.shape()[0]; ++n)
    for (int64_t g = 0; g < groups; ++g) {
      const auto over_group = [&](auto visit) {
        for (int64_t c = g * channels; c < (g + 1) * channels; ++c)
          for (int64_t i = 0; i < height; ++i)
            for (int64_t j = 0; j < width; ++j) visit(c, i, j);
      };
      const double count = double(channels * height * width);
      double mean = 0, variance = 0;
      over_group([&](int64_t c, int64_t i, int64_t j) { mean += x(n, c, i, j) / count; });
      over_group([&](int64_t c, int64_t i, int64_t j) { variance += std::pow(x(n, c, i, j) - mean, 2) / count; });
      over_group([&](int64_t c, int64_t i, int64_t j) {
        y(n, c, i, j) = (x(n, c, i, j) - mean) / std::sqrt(variance + 1e-5) * weight(c) + bias(c);
      });
    }
  return y;
}

}  // namespace

TEST_CASE("identity: the inputs' nodes give the inputs") {
  arch::Graph g;
  const Inputs inputs = inputs_of(small_mlp(), 4);
  g.input({3});
  CHECK(apply_last(g, {}, {}, inputs).is_same(inputs.x));
  g.noise_level();
  CHECK(apply_last(g, {}, {}, inputs).is_same(inputs.noise));
  g.label(2);
  CHECK(apply_last(g, {}, {}, inputs).is_same(inputs.labels));
}

TEST_CASE("two ways: positional embedding by its formula") {
  for (const int64_t dim : {4, 10, 32}) {
    arch::Graph g;
    g.positional_embedding(g.noise_level(), dim);
    const at::Tensor noise = normals({5}, 1);
    Elements expected({5, dim});
    for (int64_t n = 0; n < 5; ++n)
      for (int64_t i = 0; i < dim / 2; ++i) {
        const double angle = Elements(noise)(n) * std::pow(10000.0, -double(i) / (double(dim) / 2 - 1));
        expected(n, i) = std::cos(angle);
        expected(n, dim / 2 + i) = std::sin(angle);
      }
    CHECK(relative_difference(apply_last(g, {noise}), expected) < 1e-6);
  }
}

TEST_CASE("value: a class is a row of the embedding, no class the last") {
  arch::Graph g;
  g.class_embedding(g.label(3), 5, "class");
  const at::Tensor weight = normals({4, 5}, 1), labels = at::arange(-1, 3, at::kLong);
  const at::Tensor rows = apply_last(g, {labels}, {weight});
  CHECK(at::equal(rows, at::stack({weight[3], weight[0], weight[1], weight[2]})));
}

TEST_CASE("two ways: linear by loops") {
  for (const int64_t in : {1, 3, 17})
    for (const int64_t out : {1, 3, 17}) {
      arch::Graph g;
      g.linear(g.input({in}), out, "linear");
      const at::Tensor x = normals({2, in}, 1), weight = normals({out, in}, 2), bias = normals({out}, 3);
      const Elements ex(x), ew(weight), eb(bias);
      Elements expected({2, out});
      for (int64_t n = 0; n < 2; ++n)
        for (int64_t o = 0; o < out; ++o) {
          expected(n, o) = eb(o);
          for (int64_t i = 0; i < in; ++i) expected(n, o) += ew(o, i) * ex(n, i);
        }
      CHECK(relative_difference(apply_last(g, {x}, {weight, bias}), expected) < kBound);
    }
}

TEST_CASE("two ways: conv2d by loops, and its result is channels last") {
  for (const int64_t in : {1, 3, 17})
    for (const int64_t out : {1, 3, 17})
      for (const int64_t kernel : {1, 3, 5})
        for (const int64_t stride : {1, 2}) {
          arch::Graph g;
          g.conv(g.input({in, 7, 9}), out, kernel, "conv", stride);
          const at::Tensor x = image_normals({2, in, 7, 9}, 1), weight = normals({out, in, kernel, kernel}, 2),
                           bias = normals({out}, 3);
          const at::Tensor y = apply_last(g, {x}, {weight, bias});
          INFO(in << " to " << out << " channels, kernel " << kernel << ", stride " << stride);
          CHECK(relative_difference(y, conv2d_by_loops(Elements(x), Elements(weight), Elements(bias), stride)) <
                kBound);
          CHECK(y.is_contiguous(at::MemoryFormat::ChannelsLast));
          CHECK(y.sizes().slice(1).vec() == g.nodes().back().shape);
        }
}

TEST_CASE("two ways: group norm by loops") {
  for (const int64_t channels : {1, 3, 12, 17, 24}) {
    arch::Graph g;
    g.group_norm(g.input({channels, 7, 9}), "norm");
    const at::Tensor x = image_normals({2, channels, 7, 9}, 1) * 3 + 1, weight = normals({channels}, 2),
                     bias = normals({channels}, 3);
    INFO(channels << " channels, " << g.nodes().back().groups << " groups");
    CHECK(relative_difference(
              apply_last(g, {x}, {weight, bias}),
              group_norm_by_loops(Elements(x), Elements(weight), Elements(bias), g.nodes().back().groups)) < kBound);
  }
}

TEST_CASE("two ways: layer norm is the group norm of one pixel and one group") {
  for (const int64_t channels : {3, 17}) {
    arch::Graph g;
    g.layer_norm(g.input({channels}), "norm");
    const at::Tensor x = normals({4, channels}, 1) * 3 + 1, weight = normals({channels}, 2),
                     bias = normals({channels}, 3);
    const at::Tensor y = apply_last(g, {x}, {weight, bias});
    CHECK(relative_difference(y.view({4, channels, 1, 1}), group_norm_by_loops(Elements(x.view({4, channels, 1, 1})),
                                                                               Elements(weight), Elements(bias), 1)) <
          kBound);
  }
}

TEST_CASE("two ways: modulate by loops, of vectors and images") {
  for (const int64_t channels : {1, 3, 17}) {
    const at::Tensor scale_shift = normals({2, 2 * channels}, 2);
    const Elements es(scale_shift);
    arch::Graph g;
    g.modulate(g.input({channels, 7, 9}), g.input({2 * channels}));
    const at::Tensor x = image_normals({2, channels, 7, 9}, 1);
    const Elements ex(x);
    Elements expected(ex.shape()), of_vectors({2, channels});
    for (int64_t n = 0; n < 2; ++n)
      for (int64_t c = 0; c < channels; ++c)
        for (int64_t i = 0; i < 7; ++i)
          for (int64_t j = 0; j < 9; ++j) {
            expected(n, c, i, j) = ex(n, c, i, j) * (1 + es(n, c)) + es(n, channels + c);
            of_vectors(n, c) = expected(n, c, 0, 0);
          }
    CHECK(relative_difference(apply_last(g, {x, scale_shift}), expected) < 1e-6);
    const at::Tensor corner = x.slice(2, 0, 1).slice(3, 0, 1).reshape({2, channels});
    CHECK(relative_difference(apply_last(g, {corner, scale_shift}), of_vectors) < 1e-6);
  }
}

TEST_CASE("two ways: silu, add, concat and upsample by loops") {
  arch::Graph g;
  const arch::Value a = g.input({3, 7, 9}), b = g.input({3, 7, 9});
  const at::Tensor xa = image_normals({2, 3, 7, 9}, 1) * 4, xb = image_normals({2, 3, 7, 9}, 2);
  const Elements ea(xa), eb(xb);
  Elements silus(ea.shape()), sums(ea.shape()), both({2, 6, 7, 9}), large({2, 3, 14, 18});
  for (int64_t n = 0; n < 2; ++n)
    for (int64_t c = 0; c < 3; ++c)
      for (int64_t i = 0; i < 7; ++i)
        for (int64_t j = 0; j < 9; ++j) {
          silus(n, c, i, j) = silu(ea(n, c, i, j));
          sums(n, c, i, j) = ea(n, c, i, j) + eb(n, c, i, j);
          both(n, c, i, j) = ea(n, c, i, j);
          both(n, 3 + c, i, j) = eb(n, c, i, j);
          for (const int64_t k : {0, 1, 2, 3}) large(n, c, 2 * i + k / 2, 2 * j + k % 2) = ea(n, c, i, j);
        }
  g.silu(a);
  CHECK(relative_difference(apply_last(g, {xa}), silus) < 1e-6);
  g.add(a, b);
  CHECK(relative_difference(apply_last(g, {xa, xb}), sums) < 1e-7);
  g.concat(a, b);
  CHECK(relative_difference(apply_last(g, {xa, xb}), both) == 0);
  g.upsample(a);
  CHECK(relative_difference(apply_last(g, {xa}), large) == 0);
}

TEST_CASE("two ways: gelu, gate, layer norm of pixels and mean by loops") {
  arch::Graph g;
  const arch::Value a = g.input({4, 7, 9}), b = g.input({4});
  const at::Tensor x = image_normals({2, 4, 7, 9}, 1) * 3 + 1, factors = normals({2, 4}, 2);
  const Elements ex(x), ef(factors);
  Elements gelus(ex.shape()), gated(ex.shape()), normed(ex.shape()), means({2, 4});
  for (int64_t n = 0; n < 2; ++n)
    for (int64_t i = 0; i < 7; ++i)
      for (int64_t j = 0; j < 9; ++j) {
        double mean = 0, variance = 0;
        for (int64_t c = 0; c < 4; ++c) mean += ex(n, c, i, j) / 4;
        for (int64_t c = 0; c < 4; ++c) variance += std::pow(ex(n, c, i, j) - mean, 2) / 4;
        for (int64_t c = 0; c < 4; ++c) {
          const double v = ex(n, c, i, j);
          gelus(n, c, i, j) = v / 2 * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (v + 0.044715 * v * v * v)));
          gated(n, c, i, j) = v * ef(n, c);
          normed(n, c, i, j) = (v - mean) / std::sqrt(variance + 1e-6);
          means(n, c) += v / 63;
        }
      }
  g.gelu(a);
  CHECK(relative_difference(apply_last(g, {x}), gelus) < 1e-6);
  g.gate(a, b);
  CHECK(relative_difference(apply_last(g, {x, factors}), gated) < 1e-6);
  g.layer_norm(a);
  const at::Tensor y = apply_last(g, {x});
  CHECK(relative_difference(y, normed) < kBound);
  CHECK(y.is_contiguous(at::MemoryFormat::ChannelsLast));
  g.mean(a);
  CHECK(relative_difference(apply_last(g, {x}), means) < 1e-6);
  const at::Tensor vectors = x.slice(2, 0, 1).slice(3, 0, 1).reshape({2, 4});
  g.layer_norm(b);
  CHECK(relative_difference(apply_last(g, {vectors}).view({2, 4, 1, 1}), Elements(y.slice(2, 0, 1).slice(3, 0, 1))) <
        kBound);
  g.gate(b, b);
  CHECK(relative_difference(apply_last(g, {vectors, factors}).view({2, 4, 1, 1}),
                            Elements(at::Tensor(x.slice(2, 0, 1).slice(3, 0, 1) * factors.view({2, 4, 1, 1})))) < 1e-6);
}

TEST_CASE("two ways: patches and positions by loops") {
  constexpr double kHalf = 4;  // channels of a column's or row's place
  arch::Graph g;
  const arch::Value a = g.input({8, 4, 6});
  const at::Tensor x = image_normals({2, 8, 4, 6}, 1);
  const Elements ex(x);
  Elements patches({2, 32, 2, 3}), placed(ex.shape());
  for (int64_t n = 0; n < 2; ++n)
    for (int64_t c = 0; c < 8; ++c)
      for (int64_t i = 0; i < 4; ++i)
        for (int64_t j = 0; j < 6; ++j) {
          patches(n, (c * 2 + i % 2) * 2 + j % 2, i / 2, j / 2) = ex(n, c, i, j);
          const double angle = double(c < 4 ? j : i) * std::pow(10000.0, -2 * double(c % 2) / kHalf);
          placed(n, c, i, j) = ex(n, c, i, j) + (c % 4 < 2 ? std::sin(angle) : std::cos(angle));
        }
  const arch::Value tokens = g.patchify(a, 2);
  const at::Tensor small = apply_last(g, {x});
  CHECK(relative_difference(small, patches) == 0);
  g.unpatchify(tokens, 2);
  CHECK(relative_difference(apply_last(g, {small}), ex) == 0);
  g.add_positions(a);
  CHECK(relative_difference(apply_last(g, {x}), placed) < 1e-6);
}

TEST_CASE("two ways: attention by loops") {
  for (const int64_t heads : {1, 3})
    for (const int64_t d : {1, 5}) {
      arch::Graph g;
      g.attention(g.input({3 * heads * d, 7, 9}), heads);
      const at::Tensor qkv = image_normals({2, 3 * heads * d, 7, 9}, 1) * 2;
      const Elements elements(qkv);
      Elements expected({2, heads * d, 7, 9});
      for (int64_t n = 0; n < 2; ++n)
        for (int64_t head = 0; head < heads; ++head) attend_by_loops(elements, n, head * d, d, expected);
      INFO(heads << " heads of " << d);
      CHECK(relative_difference(apply_last(g, {qkv}), expected) < kBound);
    }
}

TEST_CASE("limit: attention to equal keys is the mean of the values, and large products do not overflow") {
  arch::Graph g;
  g.attention(g.input({6, 3, 5}), 2);
  at::Tensor qkv = normals({1, 6, 3, 5}, 1);
  qkv.slice(1, 2, 4).fill_(1);
  const at::Tensor mean = qkv.slice(1, 4, 6).mean({2, 3}, true).expand({1, 2, 3, 5});
  CHECK(at::allclose(apply_last(g, {qkv}), mean, 1e-5, 1e-6));
  qkv.slice(1, 0, 4).mul_(1e4);
  CHECK(at::isfinite(apply_last(g, {qkv})).all().item<bool>());
}

}  // namespace athanor::nn
