#include "objective/edm.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/random.h"
#include "diffusion/edm.h"
#include "diffusion/mixture.h"
#include "diffusion/network_denoiser.h"
#include "nn/executor.h"
#include "support/files.h"
#include "support/function_dataset.h"

namespace athanor::objective {
namespace {

using diffusion::ModelConfig;
using diffusion::State;
using test::FunctionDataset;
using test::TempFolder;

constexpr uint64_t kSeed = 9;

ModelConfig vectors(int64_t dim, int64_t classes, int64_t width = 8, int64_t depth = 1) {
  ModelConfig config;
  config.network = {
      .type = "mlp", .shape = {dim}, .classes = classes, .unet = {}, .mlp = {.width = width, .depth = depth}};
  config.sigma_data = 0.7;
  return config;
}

ModelConfig images() {
  ModelConfig config;
  config.network.shape = {2, 4, 6};
  config.network.classes = 2;
  config.network.unet = {.channels = 4, .multipliers = {1, 2}, .blocks = 1, .attention = {}, .head_channels = 4};
  return config;
}

/// Rows of normals, labels in turn.
data::Batch batch_of(const ModelConfig& config, int64_t n, int64_t first) {
  data::Batch batch{.first = first};
  batch.rows.resize(size_t(n * element_count(config.network.shape)));
  Random(1, uint64_t(first), Purpose::initial_noise).fill_normal(std::span(batch.rows));
  for (int64_t i = 0; i < n && config.network.classes > 0; ++i) batch.labels.push_back(i % config.network.classes);
  return batch;
}

/// mean of λ(σ)·‖D(x0 + σ·n; σ) − x0‖²/dim with σ, n and the dropped labels from their documented streams.
double loss_by_denoiser(const EdmOptions& o, const ModelConfig& config, const data::Batch& batch,
                        const diffusion::LabelledDenoise& denoise) {
  const int64_t dim = element_count(config.network.shape), n = int64_t(batch.rows.size()) / dim;
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) {
    const auto image = uint64_t(batch.first + i);
    const double sigma = std::exp(o.p_mean + o.p_std * Random(kSeed, image, Purpose::training_sigma).normal());
    Random noise(kSeed, image, Purpose::training_noise);
    std::vector<int64_t> label;
    if (!batch.labels.empty()) {
      const bool dropped = Random(kSeed, image, Purpose::label_dropout).uniform() < o.label_dropout;
      label.push_back(dropped ? -1 : batch.labels[size_t(i)]);
    }
    State x0(1, dim), y(1, dim);
    for (int64_t k = 0; k < dim; ++k) {
      x0(0, k) = double(batch.rows[size_t(i * dim + k)]);
      y(0, k) = x0(0, k) + sigma * noise.normal();
    }
    const double error = (denoise(y, sigma, label) - x0).square().sum();
    sum += diffusion::edm_loss_weight(sigma, config.sigma_data) * error / double(dim) / double(n);
  }
  return sum;
}

double loss_of(const EdmOptions& o, const ModelConfig& config, const nn::Network& network, const data::Batch& batch) {
  return Edm(o, config, kSeed).loss(network, batch).item<double>();
}

/// A network whose output is 1 where there is no label and 0 where there is one, in every element.
nn::Network label_detector(int64_t classes) {
  arch::Graph g;
  g.input({4});
  g.output(g.class_embedding(g.label(classes), 4, "class"));
  nn::Network network(std::move(g));
  network.flat().slice(0, classes * 4).fill_(1);
  return network;
}

}  // namespace

TEST_CASE("two ways: the loss of a network that gives 0 is λ·‖c_skip·y − x0‖²/dim in float64") {
  for (const ModelConfig& config : {vectors(3, 0), vectors(3, 2), images()}) {
    const nn::Network zero(arch::build(config.network));
    const data::Batch batch = batch_of(config, 16, 1000);
    const EdmOptions o{.p_mean = -0.5, .p_std = 0.8};
    const double expected =
        loss_by_denoiser(o, config, batch, [&](const State& y, double sigma, std::span<const int64_t>) -> State {
          return diffusion::edm_preconditioning(sigma, config.sigma_data).c_skip * y;
        });
    CHECK(loss_of(o, config, zero, batch) == Approx(expected).epsilon(1e-6));
  }
}

TEST_CASE("two ways: the loss of any network is that of its denoiser") {
  for (const ModelConfig& config : {vectors(3, 0), vectors(3, 2), images()}) {
    nn::Network network(arch::build(config.network));
    network.initialise(1);
    std::vector<float> shift(size_t(network.flat().numel()));
    Random(2, 0, Purpose::initial_noise).fill_normal(std::span(shift));
    network.flat().add_(at::tensor(shift), 0.2);
    diffusion::NetworkDenoiser denoiser(nn::make_executor(network), config);
    const data::Batch batch = batch_of(config, 16, 77);
    const EdmOptions o{.label_dropout = 0.5};
    const double expected =
        loss_by_denoiser(o, config, batch, [&](const State& y, double sigma, std::span<const int64_t> label) {
          return denoiser.denoise(y, sigma, label);
        });
    CHECK(loss_of(o, config, network, batch) == Approx(expected).epsilon(1e-5));
  }
}

TEST_CASE("identity: an image's loss depends on its number, not on its batch") {
  const ModelConfig config = vectors(3, 2);
  const nn::Network zero(arch::build(config.network));
  const data::Batch whole = batch_of(config, 6, 40);
  double sum = 0;
  for (int64_t i = 0; i < 6; ++i) {
    data::Batch one{.first = whole.first + i, .labels = {whole.labels[size_t(i)]}};
    one.rows.assign(whole.rows.begin() + 3 * i, whole.rows.begin() + 3 * (i + 1));
    sum += loss_of({}, config, zero, one) / 6;
  }
  CHECK(loss_of({}, config, zero, whole) == Approx(sum).epsilon(1e-6));
  data::Batch later = whole;
  later.first += 6;
  CHECK_FALSE(loss_of({}, config, zero, later) == Approx(sum).epsilon(1e-3));
}

TEST_CASE("law: the share of dropped labels, and none or all at its limits") {
  const ModelConfig config = vectors(4, 3);
  const nn::Network detector = label_detector(3), zero(arch::build(config.network));
  const auto dropped = [&](double share, int64_t n) {
    int64_t count = 0;
    for (int64_t i = 0; i < n; ++i) {
      const data::Batch one = batch_of(config, 1, i);
      const EdmOptions o{.label_dropout = share};
      // With a label the detector gives 0, as the zero network does.
      count += loss_of(o, config, detector, one) != loss_of(o, config, zero, one);
    }
    return double(count) / double(n);
  };
  CHECK(dropped(0, 50) == 0);
  CHECK(dropped(1, 50) == 1);
  CHECK(dropped(0.1, 1000) == Approx(0.1).margin(4 * std::sqrt(0.1 * 0.9 / 1000)));
}

TEST_CASE("law: a network trained on normal data becomes the closed-form denoiser") {
  State mean(1, 2), variance(1, 2);
  mean << 0.6, -0.3;
  variance << 0.49, 0.04;
  const diffusion::Mixture normal({1}, mean, variance);
  // No row is met twice, so that the data are the law and not a sample of it.
  train::TrainerOptions options{.steps = 1500, .batch = 128};
  options.adamw.learning_rate = 4e-3;
  options.schedule = {.warmup = 50, .final_fraction = 0.01, .ema_half_life = 4000, .ema_ramp = 0.05};
  options.checkpoint_every = options.steps;
  const FunctionDataset dataset(options.steps * options.batch, {2}, 0, [&](int64_t i, std::span<float> row) {
    std::array<double, 2> x0{};
    Random random(1, uint64_t(i), Purpose::initial_noise);
    normal.sample(random, x0);
    std::ranges::copy(x0, row.begin());
    return int64_t{0};
  });
  const ModelConfig config = vectors(2, 0, 32, 2);
  nn::Network network(arch::build(config.network));
  network.initialise(1);
  const TempFolder folder;
  at::Tensor average;
  train::train(options, {.model = folder / "model", .resume = false, .identity = "{}"}, Edm({}, config, 1), dataset,
               network, [&](const at::Tensor& weights, int64_t) { average = weights.clone(); }, {}, {});
  network.flat().copy_(average);

  // The share of a unit of loss, λ·E‖D − D*‖²/dim, by which the network falls short of the best denoiser.
  diffusion::NetworkDenoiser denoiser(nn::make_executor(network), config);
  const int64_t n = 2000;
  for (const double sigma : {0.05, 0.2, 0.6, 2.0}) {
    State x(n, 2);
    Random random(5, 0, Purpose::initial_noise);
    for (int64_t i = 0; i < n; ++i) normal.sample(random, {x.row(i).data(), 2});
    for (int64_t i = 0; i < n; ++i)
      for (const int64_t j : {0, 1}) x(i, j) += sigma * random.normal();
    const double error = (denoiser.denoise(x, sigma, {}) - normal.denoise(x, sigma)).square().mean();
    const double untrained =
        (diffusion::edm_preconditioning(sigma, config.sigma_data).c_skip * x - normal.denoise(x, sigma))
            .square()
            .mean();
    const double weight = diffusion::edm_loss_weight(sigma, config.sigma_data);
    INFO("sigma " << sigma << ", untrained " << weight * untrained);
    CHECK(weight * error < 0.005);
  }
}

}  // namespace athanor::objective
