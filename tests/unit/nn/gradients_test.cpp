// Values and gradients of the fused operations beside LibTorch's own, composed in float64.
#include "nn/attention.h"
#include "nn/convolution.h"
#include "nn/layer_norm.h"
#include "nn/normalisation.h"
#include "unit/nn/make.h"

namespace athanor::nn {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): helpers of these tests alone
using Tensors = std::vector<at::Tensor>;
using Function = std::function<at::Tensor(const Tensors&)>;

/// The result, and the gradients of its sum with fixed weights by all arguments.
Tensors value_and_gradients(const Function& f, const Tensors& arguments) {
  Tensors leaves;
  for (const at::Tensor& a : arguments) leaves.push_back(a.detach().clone().requires_grad_(true));
  const at::Tensor y = f(leaves);
  const at::Tensor weights = normals(y.sizes().vec(), 77).to(y.scalar_type());
  (y * weights).sum().backward();
  Tensors all{y.detach()};
  for (const at::Tensor& leaf : leaves) all.push_back(leaf.grad());
  return all;
}

/// The largest difference of each from the truth, in root mean squares of the truth.
double worst_difference(const Tensors& got, const Tensors& truth, bool root_mean_square) {
  double worst = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    REQUIRE(got[i].sizes() == truth[i].sizes());
    REQUIRE(at::isfinite(got[i]).all().item<bool>());
    const at::Tensor difference = (got[i].to(at::kDouble) - truth[i]).abs();
    const at::Tensor error = root_mean_square ? difference.square().mean().sqrt() : difference.max();
    worst = std::max(worst, (error / truth[i].square().mean().sqrt()).item<double>());
  }
  return worst;
}

/// Both sides from the same numbers: images first, the parameters after them, in float64 for LibTorch's operations. In
/// bfloat16 the images, the result and the gradients by images are rounded: 4 units in the last place.
void check(const Function& ours, const Function& composed, const Tensors& arguments) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    Tensors mine = arguments, wide;
    mine[0] = mine[0].to(type);
    for (const at::Tensor& a : mine) wide.push_back(a.to(at::kDouble));
    const Tensors got = value_and_gradients(ours, mine), truth = value_and_gradients(composed, wide);
    CAPTURE(type);
    CHECK(got[0].scalar_type() == type);
    CHECK(got[1].scalar_type() == type);
    if (type == at::kFloat)
      CHECK(worst_difference(got, truth, false) < 2e-5);
    else
      CHECK(worst_difference(got, truth, true) < 0x1p-6);
  }
}

TEST_CASE("two ways: convolutions and their gradients, and LibTorch's") {
  for (const auto& [in, out] : {std::pair{1, 8}, {3, 17}, {17, 24}, {24, 9}, {40, 33}})
    for (const int64_t kernel : {1, 3, 5})
      for (const int64_t stride : {1, 2})
        for (const auto& [height, width] : {std::pair{7, 9}, {8, 6}}) {
          CAPTURE(in, out, kernel, stride, height, width);
          const auto composed = [&, s = stride, k = kernel](const Tensors& a) {
            return at::conv2d(a[0], a[1], a[2], s, (k - 1) / 2);
          };
          check([&, s = stride](const Tensors& a) { return convolution(a[0], a[1], a[2], s); }, composed,
                {image_normals({5, in, height, width}, 1), normals({out, in, kernel, kernel}, 2), normals({out}, 3)});
        }
}

TEST_CASE("two ways: normalisation with modulation and activation, its gradients, and LibTorch's") {
  for (const auto& [channels, groups] : {std::pair{6, 1}, {12, 3}, {34, 17}})
    for (const bool silu : {false, true})
      for (const bool modulated : {false, true}) {
        CAPTURE(channels, groups, silu, modulated);
        Tensors arguments{image_normals({3, channels, 5, 7}, 1) * 2 + 1, normals({channels}, 2),
                          normals({channels}, 3)};
        if (modulated) arguments.push_back(normals({3, 2 * channels}, 4));
        const double epsilon = modulated ? 0.1 : 1e-5;
        const auto composed = [&, g = groups](const Tensors& a) {
          at::Tensor y = at::group_norm(a[0], g, a[1], a[2], epsilon);
          if (a.size() > 3) {
            const Tensors halves = a[3].unsqueeze(2).unsqueeze(3).chunk(2, 1);
            y = y * (halves[0] + 1) + halves[1];
          }
          return silu ? at::silu(y) : y;
        };
        check(
            [&, g = groups](const Tensors& a) {
              return normalisation(a[0], g, epsilon, a[1], a[2], a.size() > 3 ? a[3] : at::Tensor(), silu);
            },
            composed, arguments);
      }
}

TEST_CASE("two ways: attention, its gradient, and LibTorch's softmax of products") {
  for (const auto& [heads, size] : {std::pair{1, 5}, {2, 32}, {3, 40}})
    for (const auto& [height, width] : {std::pair{1, 1}, {5, 7}, {11, 13}}) {
      CAPTURE(heads, size, height, width);
      const auto composed = [h = heads, d = size](const Tensors& a) {
        const int64_t n = a[0].size(0), tokens = a[0].size(2) * a[0].size(3);
        const at::Tensor parts = a[0].reshape({n, 3, h, d, tokens}).transpose(3, 4);
        const at::Tensor q = parts.select(1, 0), k = parts.select(1, 1), v = parts.select(1, 2);
        const at::Tensor weights = at::softmax(at::matmul(q, k.transpose(2, 3)) / std::sqrt(double(d)), -1);
        return at::matmul(weights, v).transpose(2, 3).reshape({n, h * d, a[0].size(2), a[0].size(3)});
      };
      check([h = heads](const Tensors& a) { return attention(a[0], h); }, composed,
            {image_normals({2, 3 * heads * size, height, width}, 1)});
    }
}

TEST_CASE("two ways: what a transformer does to tokens, its gradients, and their definitions composed") {
  arch::Graph g;
  const arch::Value image = g.input({12, 4, 6}), vector = g.input({12}), pair = g.input({24});
  const auto ours = [&](arch::Value node) {
    return [&g, node](const Tensors& a) { return apply(g.nodes()[size_t(node.node)], {}, a, {}); };
  };
  const auto whole = [](const at::Tensor& v) { return v.unsqueeze(2).unsqueeze(3); };
  const at::Tensor x = image_normals({3, 12, 4, 6}, 1) * 2 + 1;
  check(ours(g.layer_norm(image)),
        [](const Tensors& a) {
          const at::Tensor centred = a[0] - a[0].mean(1, true);
          return centred / (centred.square().mean(1, true) + 1e-6).sqrt();
        },
        {x});
  check(ours(g.gelu(image)),
        [](const Tensors& a) {
          return a[0] / 2 * (1 + at::tanh(std::sqrt(2 / std::numbers::pi) * (a[0] + 0.044715 * a[0].pow(3))));
        },
        {x});
  check(ours(g.gate(image, vector)), [&](const Tensors& a) { return a[0] * whole(a[1]); }, {x, normals({3, 12}, 2)});
  check(ours(g.modulate(image, pair)),
        [&](const Tensors& a) { return a[0] * (1 + whole(a[1].slice(1, 0, 12))) + whole(a[1].slice(1, 12, 24)); },
        {x, normals({3, 24}, 2)});
  check(ours(g.mean(image)), [](const Tensors& a) { return a[0].sum({2, 3}) / 24; }, {x});
  for (const int64_t channels : {3, 12, 40}) {
    const auto composed = [&](const Tensors& a) {
      const at::Tensor centred = a[0] - a[0].mean(1, true);
      const at::Tensor normal = centred / (centred.square().mean(1, true) + 1e-6).sqrt();
      return normal * (1 + whole(a[1].slice(1, 0, channels))) + whole(a[1].slice(1, channels, 2 * channels));
    };
    check([](const Tensors& a) { return layer_norm(a[0], a[1], 1e-6); }, composed,
          {image_normals({3, channels, 5, 7}, 1) * 2 + 1, normals({3, 2 * channels}, 2)});
  }
  const arch::Value tokens = g.patchify(image, 2);
  const auto patches = [](const Tensors& a) {
    return a[0].reshape({3, 12, 2, 2, 3, 2}).permute({0, 1, 3, 5, 2, 4}).reshape({3, 48, 2, 3});
  };
  check(ours(tokens), patches, {x});
  const auto back = [](const Tensors& a) {
    return a[0].reshape({3, 3, 2, 2, 4, 6}).permute({0, 1, 4, 2, 5, 3}).reshape({3, 3, 8, 12});
  };
  check(ours(g.unpatchify(image, 2)), back, {x});
  // What is added has no gradient; its values are shown by loops in operations_test.cpp.
  const auto positions = ours(g.add_positions(image));
  const at::Tensor places = positions({at::zeros({1, 12, 4, 6})}).to(at::kDouble);
  check(positions, [&](const Tensors& a) { return a[0] + places; }, {x});
}

TEST_CASE("two ways: a network in bfloat16 and in float32, with their gradients") {
  arch::NetworkConfig unet = small_unet();
  unet.shape = {3, 8, 12};
  unet.unet = {.channels = 16, .multipliers = {1, 2}, .blocks = 1, .attention = {4}, .head_channels = 16};
  arch::NetworkConfig dit = small_dit();
  dit.dit = {.patch = 2, .hidden = 32, .layers = 2, .heads = 2, .mlp_ratio = 4};
  arch::NetworkConfig classifier = unet;
  classifier.type = "classifier";
  classifier.classes = 0;
  classifier.outputs = 4;
  for (const arch::NetworkConfig& config : {unet, small_mlp(), dit, classifier}) {
    Network network = perturbed(config), rounded(arch::build(config), at::kBFloat16);
    rounded.flat().copy_(network.flat());
    const Inputs inputs = inputs_of(config, 6);
    const auto run = [&](Network& n) {
      const at::Tensor y = n.forward(inputs);
      CHECK(y.scalar_type() == at::kFloat);
      y.square().mean().backward();
      return Tensors{y.detach(), n.gradient()};
    };
    const Tensors exact = run(network), got = run(rounded);
    // Some forty roundings one after the other, 2⁻⁹ each on the average: 2⁻⁹·√40 by chance, 2⁻³·⁷ at worst.
    CHECK(worst_difference(got, {exact[0].to(at::kDouble), exact[1].to(at::kDouble)}, true) < 0x1p-4);
  }
}

}  // namespace
}  // namespace athanor::nn
