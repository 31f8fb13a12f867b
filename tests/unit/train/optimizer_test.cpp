#include "train/optimizer.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/random.h"
#include "support/catch.h"

namespace athanor::train {
namespace {

/// Parameters of every role, 4·3 + 3 + 3 + 5·2 = 28 in all.
const std::vector<arch::Parameter> kParameters{{"w.weight", {4, 3}, {}, arch::Role::matrix},
                                               {"w.bias", {3}, {}, arch::Role::bias},
                                               {"n.weight", {3}, {.constant = 1}, arch::Role::gain},
                                               {"e.weight", {5, 2}, {}, arch::Role::embedding}};
constexpr int64_t kCount = 28;

at::Tensor normals(uint64_t stream) {
  at::Tensor tensor = at::empty({kCount}, at::kFloat);
  Random(5, stream, Purpose::initial_noise).fill_normal(std::span(tensor.data_ptr<float>(), kCount));
  return tensor;
}

/// Parameters after three steps, each of a gradient in `parts`, taken into the momentum or averaged before.
at::Tensor after(const OptimizerOptions& options, int64_t parts, bool in_momentum) {
  const auto optimizer = make_optimizer(options, kParameters);
  at::Tensor theta = normals(100);
  for (int64_t t = 1; t <= 3; ++t) {
    at::Tensor mean = at::zeros({kCount});
    for (int64_t k = 0; k < parts; ++k) {
      const at::Tensor gradient = normals(uint64_t(10 * t + k));
      mean.add_(gradient, 1 / double(parts));
      if (in_momentum) optimizer->accumulate(gradient, {.index = k, .count = parts});
    }
    if (!in_momentum) optimizer->accumulate(mean, {});
    optimizer->update(theta, t, 1e-2);
  }
  return theta;
}

}  // namespace

TEST_CASE("identity: a gradient taken into the momentum in parts is the mean of the parts") {
  for (const char* name : {"sgd", "lion", "tiger"}) {
    INFO(name);
    const OptimizerOptions options{.name = name, .weight_decay = 0.1};
    CHECK(at::allclose(after(options, 4, true), after(options, 4, false), 1e-6, 1e-6));
  }
  // AdamW's v takes the mean of squares for the square of the mean, so that its steps are shorter at most.
  const OptimizerOptions adamw{.name = "adamw"};
  const at::Tensor start = normals(100);
  CHECK(((after(adamw, 4, true) - start).abs() < (after(adamw, 4, false) - start).abs() + 1e-6).all().item<bool>());
  CHECK(at::allclose(after(adamw, 1, true), after(adamw, 1, false), 0, 0));
}

TEST_CASE("value: the first step of each optimizer") {
  const at::Tensor gradient = normals(1), theta = normals(2);
  const auto step = [&](const OptimizerOptions& options) {
    const auto optimizer = make_optimizer(options, kParameters);
    at::Tensor moved = theta.clone();
    optimizer->accumulate(gradient, {});
    optimizer->update(moved, 1, 0.1);
    return moved - theta;
  };
  CHECK(at::allclose(step({.name = "sgd"}), -0.1 * gradient, 1e-5, 1e-7));
  CHECK(at::allclose(step({.name = "lion"}), -0.1 * gradient.sign(), 1e-5, 1e-6));
  CHECK(at::allclose(step({.name = "adamw"}), -0.1 * gradient.sign(), 1e-4, 1e-6));
  const at::Tensor decayed = step({.name = "sgd", .weight_decay = 0.5}) + 0.1 * gradient;
  CHECK(at::allclose(decayed, -0.05 * theta * decay_mask(kParameters), 1e-4, 1e-6));
}

TEST_CASE("value: decay acts on matrices and embeddings, not on biases and gains") {
  const at::Tensor mask = decay_mask(kParameters);
  CHECK(mask.narrow(0, 0, 12).sum().item<double>() == 12);
  CHECK(mask.narrow(0, 12, 6).sum().item<double>() == 0);
  CHECK(mask.narrow(0, 18, 10).sum().item<double>() == 10);
}

TEST_CASE("identity: the state of lion and tiger is one vector, whatever the parts") {
  CHECK(make_optimizer({.name = "lion"}, kParameters)->state().size() == 1);
  CHECK(make_optimizer({.name = "tiger"}, kParameters)->state().size() == 1);
  CHECK(make_optimizer({.name = "tiger"}, kParameters)->state()[0].second->numel() == kCount);
}

TEST_CASE("refusal: a decay that an optimizer does not have") {
  CHECK_THROWS_WITH(make_optimizer({.name = "tiger", .beta2 = 0.9}, kParameters), "tiger has no --beta2");
}

}  // namespace athanor::train
