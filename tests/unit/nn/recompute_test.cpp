#include "nn/recompute.h"

#include "unit/nn/make.h"

namespace athanor::nn {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): helpers of these tests alone

/// Value and gradients of a step through a network of `segments` parts that are computed twice.
struct Step {
  at::Tensor value, gradient, input_gradient;
};
Step step(const arch::NetworkConfig& config, int64_t segments, at::ScalarType compute = at::kFloat) {
  Network network(arch::build(config), compute);
  network.initialise(1);
  network.flat().add_(normals({network.flat().numel()}, 99), 0.2);
  network.recompute({segments});
  Inputs inputs = inputs_of(config, 3);
  inputs.x.requires_grad_(true);
  const at::Tensor value = network.forward(inputs);
  (value * normals(value.sizes().vec(), 5)).sum().backward();
  return {value.detach(), network.gradient().clone(), inputs.x.grad()};
}

}  // namespace

TEST_CASE("identity: values and gradients are the same bits for every number of segments") {
  for (const arch::NetworkConfig& config : {small_unet(), small_mlp()})
    for (const at::ScalarType compute : {at::kFloat, at::kBFloat16}) {
      const Step whole = step(config, 1, compute);
      for (const int64_t segments : {0, 2, 3, 7, 1000}) {
        INFO(config.type << " in " << segments << " segments");
        const Step parts = step(config, segments, compute);
        CHECK(at::equal(parts.value, whole.value));
        CHECK(at::equal(parts.gradient, whole.gradient));
        CHECK(at::equal(parts.input_gradient, whole.input_gradient));
      }
    }
}

TEST_CASE("identity: a part is computed once forward and once on the way back, and only once without gradients") {
  int calls = 0;
  const at::Tensor weight = normals({4, 4}, 1).requires_grad_(true);
  const auto layer = [&](const Tensors& in) {
    ++calls;
    return Tensors{at::tanh(at::matmul(in[0], weight))};
  };
  at::Tensor x = normals({2, 4}, 2);
  for (int i = 0; i < 3; ++i) x = recomputed(layer, {x})[0];
  CHECK(calls == 3);
  x.sum().backward();
  CHECK(calls == 6);
  CHECK(weight.grad().defined());
  const at::NoGradGuard no_grad;
  recomputed(layer, {normals({2, 4}, 2)});
  CHECK(calls == 7);
}

TEST_CASE("identity: whole numbers among the results, which have no gradient, leave the others theirs") {
  const at::Tensor weight = normals({3}, 1).requires_grad_(true), labels = at::arange(3);
  const auto layer = [&](const Tensors& in) { return Tensors{labels, in[0] * weight, labels + 1, in[0] + weight}; };
  const auto gradient = [&](const Tensors& out) {
    (out[1] * normals({3}, 3) + out[3] * normals({3}, 4)).sum().backward();
    const at::Tensor found = weight.grad().clone();
    weight.mutable_grad().reset();
    return found;
  };
  const at::Tensor x = normals({3}, 2).requires_grad_(true);
  CHECK(at::equal(gradient(recomputed(layer, {x})), gradient(layer({x}))));
}

TEST_CASE("identity: an input that is handed on gathers its gradients in the order of its uses") {
  const auto gradient = [](bool twice) {
    const at::Tensor leaf = normals({8}, 1).requires_grad_(true);
    at::Tensor x = leaf * 1.1, sum = at::zeros({8});
    for (uint64_t k = 0; k < 5; ++k) {
      const at::Tensor factor = normals({8}, 10 + k) * 1e3;
      const auto use = [factor](const Tensors& in) { return Tensors{in[0], in[1] + (in[0] * factor).sin()}; };
      const Tensors out = twice ? recomputed(use, {x, sum}) : use({x, sum});
      x = out[0];
      sum = out[1];
    }
    sum.sum().backward();
    return leaf.grad();
  };
  CHECK(at::equal(gradient(true), gradient(false)));
}

TEST_CASE("limit: results that nobody uses have no gradient, and an unused part is not computed again") {
  int calls = 0;
  const at::Tensor x = normals({3}, 1).requires_grad_(true);
  const Tensors out = recomputed(
      [&](const Tensors& in) {
        ++calls;
        return Tensors{in[0] * 2, in[0] * 3};
      },
      {x});
  out[1].sum().backward();
  CHECK(at::equal(x.grad(), at::full({3}, 3.f)));
  CHECK(calls == 2);
}

}  // namespace athanor::nn
