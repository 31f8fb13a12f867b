#include "train/tiger.h"

#include <ATen/ATen.h>

#include <cmath>

#include "support/catch.h"

namespace athanor::train {
namespace {

/// θ after the gradients, `parts` of them a step; α = 1e-3, β = 0.965, λ = 0.01.
std::vector<double> after(arch::Role role, int64_t parts, const std::vector<std::vector<float>>& gradients) {
  const std::vector<arch::Parameter> parameters{{"p", role == arch::Role::matrix ? Shape{2, 2} : Shape{4}, {}, role}};
  Tiger tiger(0.965, 0.01, 0, parameters);
  at::Tensor theta = at::tensor({1.0f, -2.0f, 3.0f, 0.5f});
  int64_t t = 0;
  for (const auto& gradient : gradients) {
    tiger.accumulate(at::tensor(gradient), {.index = t % parts, .count = parts});
    if (++t % parts == 0) tiger.update(theta, t / parts, 1e-3);
  }
  const float* values = theta.data_ptr<float>();
  return {values, values + 4};
}

const std::vector<std::vector<float>> kGradients{
    {0.1f, -0.2f, 0.3f, 0}, {-0.4f, -0.1f, 0.2f, 0.5f}, {0.2f, 0.2f, -0.9f, -0.1f}, {0.05f, -0.3f, 0.1f, 0.2f}};

void check(const std::vector<double>& got, const std::vector<double>& expected) {
  // Each step rounds to float32.
  for (size_t i = 0; i < 4; ++i) CHECK(got[i] == Approx(expected[i]).epsilon(3e-7));
}

}  // namespace

// Worked out in float64 from the formulas of the header.
TEST_CASE("value: a matrix after four gradients, one and two a step") {
  check(after(arch::Role::matrix, 1, kGradients),
        {1.0036929023433858, -1.9923061028435525, 2.999770337615782, 0.4943066002500833});
  check(after(arch::Role::matrix, 2, kGradients),
        {1.0037359843823779, -1.9961508039696712, 2.9998856639389855, 0.4962074097936467});
}

TEST_CASE("value: a bias steps by half the learning rate and does not decay") {
  check(after(arch::Role::bias, 1, kGradients), {1.001, -1.998, 3, 0.4985});
}

TEST_CASE("value: a gradient that is not finite shrinks its tensor and leaves the momentum") {
  const std::vector<float> broken(4, NAN);
  check(after(arch::Role::matrix, 1, {kGradients[0], broken, kGradients[1]}),
        {0.9899613453, -1.9761900481, 2.9661528787, 0.4931143514});
  // A gain shrinks towards 1.
  const std::vector<double> gain = after(arch::Role::gain, 1, {broken});
  check(gain, {1, -1.97, 2.98, 0.505});
}

TEST_CASE("limit: a matrix of zeros moves by the floor, and never without one") {
  const std::vector<arch::Parameter> parameters{{"p", {2, 2}, {}, arch::Role::matrix}};
  for (const double floor : {0.0, 0.02}) {
    Tiger tiger(0.9, 0, floor, parameters);
    at::Tensor theta = at::zeros({4});
    tiger.accumulate(at::tensor({1.0f, -1.0f, 2.0f, 0.0f}), {});
    tiger.update(theta, 1, 0.1);
    CHECK(at::allclose(theta, at::tensor({-1.0f, 1.0f, -1.0f, 0.0f}) * (0.1 * floor)));
  }
}

TEST_CASE("identity: the rows of an embedding step each by their own size") {
  const std::vector<arch::Parameter> parameters{{"e", {2, 2}, {}, arch::Role::embedding}};
  Tiger tiger(0.9, 0, 0, parameters);
  at::Tensor theta = at::tensor({1.0f, 1.0f, 10.0f, 10.0f});
  tiger.accumulate(at::ones({4}), {});
  tiger.update(theta, 1, 0.1);
  CHECK(at::allclose(theta, at::tensor({0.9f, 0.9f, 9.0f, 9.0f})));
}

}  // namespace athanor::train
