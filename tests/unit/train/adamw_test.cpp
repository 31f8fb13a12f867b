#include "train/adamw.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/random.h"
#include "support/catch.h"

namespace athanor::train {
namespace {

constexpr int64_t kParameters = 17;

at::Tensor normals(uint64_t stream) {
  at::Tensor tensor = at::empty({kParameters}, at::kFloat);
  Random(5, stream, Purpose::initial_noise).fill_normal(std::span(tensor.data_ptr<float>(), kParameters));
  return tensor;
}

double at_index(const at::Tensor& tensor, int64_t i) { return double(tensor.data_ptr<float>()[i]); }

}  // namespace

TEST_CASE("two ways: twenty steps against algorithm 2 in float64, a scalar at a time") {
  for (const double weight_decay : {0.0, 0.1}) {
    constexpr double learning_rate = 1e-2, beta1 = 0.9, beta2 = 0.99, epsilon = 1e-8;
    const at::Tensor mask = at::zeros({kParameters});
    for (int64_t i = 0; i < kParameters; i += 2) mask.data_ptr<float>()[i] = 1;
    AdamW optimizer(beta1, beta2, epsilon, weight_decay, mask);
    at::Tensor theta = normals(0);
    std::vector<double> expected, m(kParameters), v(kParameters);
    for (int64_t i = 0; i < kParameters; ++i) expected.push_back(at_index(theta, i));

    for (int64_t t = 1; t <= 20; ++t) {
      const double rate = learning_rate * (t < 5 ? double(t) / 5 : 1);
      const at::Tensor gradient = normals(uint64_t(t)) * std::pow(10.0, double(t % 3) - 2);
      optimizer.accumulate(gradient, {});
      optimizer.update(theta, t, rate);
      for (size_t i = 0; i < kParameters; ++i) {
        const double g = at_index(gradient, int64_t(i)), decay = i % 2 == 0 ? weight_decay : 0;
        m[i] = beta1 * m[i] + (1 - beta1) * g;                                               // line 7
        v[i] = beta2 * v[i] + (1 - beta2) * g * g;                                           // line 8
        const double m_hat = m[i] / (1 - std::pow(beta1, double(t)));                        // line 9
        const double v_hat = v[i] / (1 - std::pow(beta2, double(t)));                        // line 10
        expected[i] -= rate * (m_hat / (std::sqrt(v_hat) + epsilon) + decay * expected[i]);  // line 12
      }
    }
    // float32 rounds each of twenty steps, and the moments.
    for (int64_t i = 0; i < kParameters; ++i) {
      CHECK(at_index(theta, i) == Approx(expected[size_t(i)]).margin(3e-6));
      CHECK(at_index(*optimizer.state()[0].second, i) == Approx(m[size_t(i)]).margin(1e-6));
      CHECK(at_index(*optimizer.state()[1].second, i) == Approx(v[size_t(i)]).epsilon(1e-5));
    }
  }
}

TEST_CASE("value: the first step is the learning rate against the gradient's sign, whatever its size") {
  AdamW optimizer(0.9, 0.99, 1e-8, 0, at::ones({kParameters}));
  at::Tensor theta = at::zeros({kParameters});
  const at::Tensor gradient = normals(1) * 1e3;
  optimizer.accumulate(gradient, {});
  optimizer.update(theta, 1, 0.5);
  CHECK(at::allclose(theta, -0.5 * gradient.sign(), 1e-5, 0));
}

TEST_CASE("limit: without a gradient only decay acts, and only where the mask is 1") {
  AdamW optimizer(0.9, 0.99, 1e-8, 0.5, at::ones({kParameters}));
  at::Tensor theta = at::ones({kParameters});
  optimizer.accumulate(at::zeros({kParameters}), {});
  optimizer.update(theta, 1, 0.1);
  CHECK(at::allclose(theta, at::full({kParameters}, 0.95), 1e-6, 0));
  AdamW without(0.9, 0.99, 1e-8, 0.5, at::zeros({kParameters}));
  theta.fill_(1);
  without.accumulate(at::zeros({kParameters}), {});
  without.update(theta, 1, 0.1);
  CHECK(at::equal(theta, at::ones({kParameters})));
}

}  // namespace athanor::train
