#include "objective/denoising.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/random.h"
#include "diffusion/mixture.h"
#include "diffusion/network_denoiser.h"
#include "nn/executor.h"
#include "support/files.h"
#include "support/function_dataset.h"

namespace athanor::objective {
namespace {

using diffusion::Mixture;
using diffusion::ModelConfig;
using diffusion::State;
using test::FunctionDataset;
using test::TempFolder;

constexpr uint64_t kSeed = 9;

ModelConfig vectors(int64_t dim, int64_t classes, int64_t width = 8, int64_t depth = 1) {
  ModelConfig config;
  config.network = {
      .type = "mlp", .shape = {dim}, .classes = classes, .unet = {}, .mlp = {.width = width, .depth = depth}};
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

/// The config of a model that is trained so.
ModelConfig trained_by(const DenoisingOptions& o, ModelConfig config) {
  o.noising.describe(config);
  return config;
}

/// One of each kind, on each path; edm with the numbers of its tests.
std::vector<DenoisingOptions> objectives() {
  std::vector<DenoisingOptions> all{{.noising = {.sigma_data = 0.7, .p_mean = -0.5, .p_std = 0.8}},
                                    {.noising = {.noise_shift = 2}, .min_snr = 5}};
  for (const std::string& path : diffusion::path_names())
    for (const char* kind : {"epsilon", "x0", "v"}) all.push_back({.noising = {.kind = kind, .path = path}});
  all.push_back({.noising = {.kind = "flow"}});
  all.push_back({.noising = {.kind = "flow", .time = "logit-normal", .noise_shift = 3}});
  all.push_back({.noising = {.kind = "v", .path = "cosine"}, .min_snr = 5});
  all.push_back({.noising = {.kind = "epsilon"}, .min_snr = 1});
  return all;
}

/// mean of w(σ)/c_out²·‖D(x0 + σ·n; σ) − x0‖²/dim with σ, n and the dropped labels from their documented streams.
double loss_by_denoiser(const DenoisingOptions& o, const ModelConfig& config, const data::Batch& batch,
                        const diffusion::LabelledDenoise& denoise) {
  const int64_t dim = element_count(config.network.shape), n = int64_t(batch.rows.size()) / dim;
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) {
    const auto image = uint64_t(batch.first + i);
    const double sigma = Noising(o.noising, config, kSeed).sigma(image);
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
    const double c_out = diffusion::precondition(config.parameterisation, sigma).c_out;
    // min-SNR bounds the weight of the image's error; without it the network's own error counts.
    const double weight = o.min_snr ? std::min(1 / (sigma * sigma), *o.min_snr) : 1 / (c_out * c_out);
    sum += weight * error / double(dim) / double(n);
  }
  return sum;
}

double loss_of(const DenoisingOptions& o, const ModelConfig& config, const nn::Network& network,
               const data::Batch& batch) {
  return Denoising(o, config, kSeed).loss(network, batch).item<double>();
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

/// A normal of two variances, and three normals, so wide that a small network can learn them.
std::vector<std::pair<std::string, Mixture>> mixtures_in_the_plane() {
  State mean(1, 2), variance(1, 2), means(3, 2), variances(3, 2);
  mean << 0.6, -0.3;
  variance << 0.49, 0.04;
  means << -1, 0.2, 0.2, 0.9, 0.7, -0.6;
  variances << 0.09, 0.16, 0.12, 0.09, 0.09, 0.09;
  return {{"a normal", Mixture({1}, mean, variance)}, {"three normals", Mixture({0.5, 0.2, 0.3}, means, variances)}};
}

/// Images [1,4,4] that are bright above or bright on the left.
Mixture bars() {
  State means(2, 16);
  for (int64_t k = 0; k < 16; ++k) {
    means(0, k) = k < 8 ? 0.6 : -0.6;
    means(1, k) = k % 4 < 2 ? 0.6 : -0.6;
  }
  return Mixture({0.4, 0.6}, means, State::Constant(2, 16, 0.04));
}

/// A network of this kind for images [1,4,4].
ModelConfig small(const std::string& network) {
  ModelConfig config;
  config.network.type = network;
  config.network.shape = {1, 4, 4};
  config.network.unet = {.channels = 16, .multipliers = {1, 2}, .blocks = 1, .attention = {2}, .head_channels = 16};
  config.network.dit = {.patch = 2, .hidden = 32, .layers = 2, .heads = 2, .mlp_ratio = 2};
  return config;
}

/// Trains a network on rows of the mixture, none of which it meets twice, and checks by how much of the objective's own
/// loss, a unit at every noise level, it falls short of the mixture's denoiser.
void check_learns(const DenoisingOptions& o, const ModelConfig& untrained, const Mixture& mixture,
                  const std::string& name) {
  const ModelConfig config = trained_by(o, untrained);
  const int64_t dim = element_count(config.network.shape);
  train::TrainerOptions options{.steps = 1500, .batch = 128};
  options.optimizer.learning_rate = 4e-3;
  options.schedule = {.warmup = 50, .final_fraction = 0.01, .ema_half_lives = {16000}, .ema_ramp = 0.05};
  options.checkpoint_every = options.steps;
  const FunctionDataset dataset(options.steps * options.batch, config.network.shape, 0,
                                [&](int64_t i, std::span<float> row) {
                                  std::vector<double> x0(row.size());
                                  Random random(1, uint64_t(i), Purpose::initial_noise);
                                  mixture.sample(random, x0);
                                  std::ranges::copy(x0, row.begin());
                                  return int64_t{0};
                                });
  nn::Network network(arch::build(config.network));
  network.initialise(1);
  const TempFolder folder;
  at::Tensor average;
  train::train(options, {.model = folder / "model", .resume = false, .identity = "{}"}, Denoising(o, config, 1),
               {dataset}, network,
               [&](std::span<const at::Tensor> averages, int64_t) { average = averages[0].clone(); }, {}, {});
  network.flat().copy_(average);

  const Denoising objective(o, config, 1);
  diffusion::NetworkDenoiser denoiser(nn::make_executor(network), config);
  for (const double sigma : {0.1, 0.3, 0.8, 2.0}) {
    State x(2000, dim);
    Random random(5, 0, Purpose::initial_noise);
    for (int64_t i = 0; i < x.rows(); ++i) mixture.sample(random, {x.row(i).data(), size_t(dim)});
    for (double& value : x.reshaped()) value += sigma * random.normal();
    const double error = (denoiser.denoise(x, sigma, {}) - mixture.denoise(x, sigma)).square().mean();
    const double c_out = diffusion::precondition(config.parameterisation, sigma).c_out;
    INFO(name << " by " << o.noising.kind << " on " << config.parameterisation.path << ", sigma " << sigma);
    // A tenth of a deviation: a wrong coefficient, weight or noise level is off by a good part of one.
    CHECK(objective.weight(sigma) * error / (c_out * c_out) < 0.01);
  }
}

}  // namespace

TEST_CASE("two ways: the loss of a network that gives 0 is that of the denoiser c_skip·y in float64") {
  for (const DenoisingOptions& o : objectives())
    for (const ModelConfig& kind : {vectors(3, 0), vectors(3, 2), images()}) {
      const ModelConfig config = trained_by(o, kind);
      INFO(o.noising.kind << " on " << config.parameterisation.path);
      const nn::Network zero(arch::build(config.network));
      const data::Batch batch = batch_of(config, 16, 1000);
      const double expected =
          loss_by_denoiser(o, config, batch, [&](const State& y, double sigma, std::span<const int64_t>) -> State {
            return diffusion::precondition(config.parameterisation, sigma).c_skip * y;
          });
      CHECK(loss_of(o, config, zero, batch) == Approx(expected).epsilon(1e-5));
    }
}

TEST_CASE("two ways: the loss of any network is that of its denoiser") {
  for (const ModelConfig& kind : {vectors(3, 0), vectors(3, 2), images()}) {
    const DenoisingOptions o{.label_dropout = 0.5};
    const ModelConfig config = trained_by(o, kind);
    nn::Network network(arch::build(config.network));
    network.initialise(1);
    std::vector<float> shift(size_t(network.flat().numel()));
    Random(2, 0, Purpose::initial_noise).fill_normal(std::span(shift));
    network.flat().add_(at::tensor(shift), 0.2);
    diffusion::NetworkDenoiser denoiser(nn::make_executor(network), config);
    const data::Batch batch = batch_of(config, 16, 77);
    const double expected =
        loss_by_denoiser(o, config, batch, [&](const State& y, double sigma, std::span<const int64_t> label) {
          return denoiser.denoise(y, sigma, label);
        });
    CHECK(loss_of(o, config, network, batch) == Approx(expected).epsilon(1e-5));
  }
}

TEST_CASE("law: noise levels of edm are log-normal, those of a path have uniform times, and the shift multiplies all") {
  constexpr int n = 4000;
  const auto levels = [](const NoisingOptions& o) {
    return Noising(o, trained_by({.noising = o}, vectors(1, 0)), kSeed);
  };
  const Noising a = levels({.p_mean = -1, .p_std = 0.5}), b = levels({.kind = "flow"}),
                c = levels({.kind = "flow", .noise_shift = 4});
  double mean = 0, square = 0, early = 0;
  for (uint64_t i = 0; i < n; ++i) {
    const double log = std::log(a.sigma(i)), time = diffusion::path_named("straight").time(b.sigma(i));
    mean += log / n;
    square += log * log / n;
    early += (time < 0.25) / double(n);
    CHECK(c.sigma(i) == Approx(4 * b.sigma(i)).epsilon(1e-14));
  }
  CHECK(mean == Approx(-1).margin(4 * 0.5 / std::sqrt(n)));
  CHECK(std::sqrt(square - mean * mean) == Approx(0.5).margin(4 * 0.5 / std::sqrt(2.0 * n)));
  CHECK(early == Approx(0.25).margin(4 * std::sqrt(0.25 * 0.75 / n)));
}

TEST_CASE("value: min-SNR weights of epsilon and v as its paper has them") {
  for (const double sigma : {0.1, 0.5, 3.0}) {
    const double snr = 1 / (sigma * sigma), bounded = std::min(snr, 5.0);
    const DenoisingOptions epsilon{.noising = {.kind = "epsilon"}, .min_snr = 5};
    const DenoisingOptions v{.noising = {.kind = "v"}, .min_snr = 5};
    CHECK(Denoising(epsilon, trained_by(epsilon, vectors(1, 0)), 0).weight(sigma) == Approx(bounded / snr));
    CHECK(Denoising(v, trained_by(v, vectors(1, 0)), 0).weight(sigma) == Approx(bounded / (snr + 1)));
  }
}

TEST_CASE("identity: a source takes the place of the noise, and transport pairs each row with its nearest") {
  const DenoisingOptions o{.noising = {.kind = "flow", .pair_by_transport = true}};
  const ModelConfig config = trained_by(o, vectors(1, 0));
  const nn::Network zero(arch::build(config.network));
  // The target of flow matching is n − x0: with the nearest partners 0.5 everywhere.
  const data::Batch batch{.first = 0, .rows = {0, 10, 20, 30}, .source = {30.5f, 0.5f, 20.5f, 10.5f}};
  CHECK(loss_of(o, config, zero, batch) == Approx(0.25).epsilon(1e-5));
  const DenoisingOptions unpaired{.noising = {.kind = "flow"}};
  CHECK(loss_of(unpaired, config, zero, batch) ==
        Approx((30.5 * 30.5 + 9.5 * 9.5 + 0.5 * 0.5 + 19.5 * 19.5) / 4).epsilon(1e-5));
}

TEST_CASE("refusal: options of one objective given to another") {
  CHECK_THROWS_WITH((NoisingOptions{.path = "cosine"}.check()),
                    "--path and --time belong to the other objectives, not to edm");
  CHECK_THROWS_WITH((NoisingOptions{.kind = "v", .p_mean = 0}.check()),
                    "--p-mean, --p-std and --sigma-data belong to edm, not to v");
}

TEST_CASE("identity: an image's loss depends on its number, not on its batch") {
  const ModelConfig config = trained_by({}, vectors(3, 2));
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
  const ModelConfig config = trained_by({}, vectors(4, 3));
  const nn::Network detector = label_detector(3), zero(arch::build(config.network));
  const auto dropped = [&](double share, int64_t n) {
    int64_t count = 0;
    for (int64_t i = 0; i < n; ++i) {
      const data::Batch one = batch_of(config, 1, i);
      const DenoisingOptions o{.label_dropout = share};
      // With a label the detector gives 0, as the zero network does.
      count += loss_of(o, config, detector, one) != loss_of(o, config, zero, one);
    }
    return double(count) / double(n);
  };
  CHECK(dropped(0, 50) == 0);
  CHECK(dropped(1, 50) == 1);
  CHECK(dropped(0.1, 1000) == Approx(0.1).margin(4 * std::sqrt(0.1 * 0.9 / 1000)));
}

TEST_CASE("law: trained by any objective on a mixture of normals, a network becomes the closed-form denoiser") {
  const std::vector<DenoisingOptions> kinds{{},
                                            {.noising = {.kind = "epsilon"}},
                                            {.noising = {.kind = "x0", .path = "cosine"}},
                                            {.noising = {.kind = "v", .path = "trigonometric"}},
                                            {.noising = {.kind = "v"}, .min_snr = 5},
                                            {.noising = {.kind = "flow"}}};
  const auto [name, mixture] = GENERATE(from_range(mixtures_in_the_plane()));
  for (const DenoisingOptions& o : kinds) check_learns(o, vectors(2, 0, 48, 2), mixture, name);
}

TEST_CASE("law: a network of images, trained on those of a mixture, becomes the closed-form denoiser") {
  for (const char* network : {"unet", "dit"}) check_learns({}, small(network), bars(), network);
}

}  // namespace athanor::objective
