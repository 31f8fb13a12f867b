#include "objective/classification.h"

#include <ATen/ATen.h>

#include <cmath>

#include "support/catch.h"

namespace athanor::objective {
namespace {

diffusion::ModelConfig config_of(int64_t outputs) {
  diffusion::ModelConfig config;
  config.network = {.type = "classifier", .shape = {1, 4, 4}, .outputs = outputs};
  config.network.unet = {.channels = 8, .multipliers = {1, 2}, .blocks = 1, .attention = {}, .head_channels = 8};
  return config;
}

/// Two kinds of images, bright above or below, under a little noise of their own.
data::Batch batch_of(int64_t n, int64_t first) {
  data::Batch batch{.first = first};
  for (int64_t i = 0; i < n; ++i) {
    Random random(4, uint64_t(first + i), Purpose::initial_noise);
    const int64_t label = int64_t(random.below(2));
    batch.labels.push_back(label);
    for (int k = 0; k < 16; ++k)
      batch.rows.push_back(float(((k < 8) == (label == 0) ? 0.5 : -0.5) + 0.1 * random.normal()));
  }
  return batch;
}

}  // namespace

TEST_CASE("limit: a classifier that knows nothing loses the logarithm of the number of classes") {
  for (const int64_t outputs : {2, 7}) {
    const diffusion::ModelConfig config = config_of(outputs);
    nn::Network network(arch::build(config.network));
    network.initialise(1);  // its last layer starts at zero
    CHECK(Classification({}, config, 1).loss(network, batch_of(8, 0)).item<double>() ==
          Approx(std::log(double(outputs))).epsilon(1e-6));
  }
}

TEST_CASE("law: what two normal classes show through the noise is what a trained classifier tells") {
  const diffusion::ModelConfig config = config_of(2);
  nn::Network network(arch::build(config.network));
  network.initialise(1);
  const NoisingOptions options{.p_mean = std::log(2.0), .p_std = 1e-6};
  const Classification objective(options, config, 1);
  const train::OptimizerOptions adamw{.learning_rate = 3e-3};
  const auto optimizer = train::make_optimizer(adamw, network.graph().parameters());
  for (int64_t t = 1; t <= 400; ++t) {
    network.gradient().zero_();
    objective.loss(network, batch_of(64, 64 * t)).backward();
    optimizer->accumulate(network.gradient(), {});
    optimizer->update(network.flat(), t, t < 300 ? 3e-3 : 3e-4);
  }
  // The classes are N(±m, 0.1² + σ²) along one direction, 16 components of 0.5 each: the log-odds of class 0 are
  // 2·⟨m, x⟩/s², normal with mean d²/2 and variance d² for d = 2·|m|/s. The loss of who knows them:
  const double s = std::sqrt(0.01 + 4), d = 2 * 2 / s;
  double bayes = 0, squares = 0, weight = 0;
  for (double z = -8; z <= 8; z += 1e-3) {
    const double odds = d * d / 2 + d * z, density = std::exp(-z * z / 2), loss = std::log1p(std::exp(-odds));
    bayes += density * loss;
    squares += density * loss * loss;
    weight += density;
  }
  bayes /= weight;
  const double deviation = std::sqrt(squares / weight - bayes * bayes);
  const int64_t n = 4000;
  CHECK(objective.loss(network, batch_of(n, 1'000'000)).item<double>() ==
        Approx(bayes).margin(4 * deviation / std::sqrt(double(n))));
}

}  // namespace athanor::objective
