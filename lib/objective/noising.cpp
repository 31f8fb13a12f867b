#include "objective/noising.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "math/assignment.h"

namespace athanor::objective {

using diffusion::Path;
using diffusion::path_named;

void NoisingOptions::fields(Fields& v) {
  v.opt("--objective", kind, "what the network predicts: edm's mixture, noise, image, v, or flow matching's velocity",
        one_of({"edm", "epsilon", "x0", "v", "flow"}));
  v.opt("--path", path,
        "from data to noise, of all but edm; straight for flow, vp-linear for the others when not given",
        one_of(diffusion::path_names()));
  v.opt("--sigma-data", sigma_data, "standard deviation of the data that edm's preconditioning assumes", more_than(0));
  v.opt("--p-mean", p_mean, "mean of ln σ in training with edm");
  v.opt("--p-std", p_std, "standard deviation of ln σ in training with edm", more_than(0));
  v.opt("--time", time, "distribution of the path's time in training", one_of({"uniform", "logit-normal"}));
  v.opt("--noise-shift", noise_shift,
        "factor on every noise level, in training and in the model: height over 32 for images whose noise levels were "
        "made for height 32",
        more_than(0));
  v.opt("--pair-by-transport", pair_by_transport,
        "give each image of a batch the noise (or source) that suits it best");
}

void NoisingOptions::check() const {
  const NoisingOptions defaults;
  if (kind == "edm" && (path || time != defaults.time))
    fail(ErrorKind::usage, "--path and --time belong to the other objectives, not to edm");
  if (kind != "edm" && (p_mean != defaults.p_mean || p_std != defaults.p_std || sigma_data != defaults.sigma_data))
    fail(ErrorKind::usage, "--p-mean, --p-std and --sigma-data belong to edm, not to {}", kind);
}

void NoisingOptions::describe(diffusion::ModelConfig& config) const {
  check();
  config.parameterisation = {.kind = kind == "flow" ? "v" : kind, .path = "", .sigma_data = sigma_data};
  if (kind != "edm") {
    const Path& along = path_named(path.value_or(kind == "flow" ? "straight" : "vp-linear"));
    config.parameterisation.path = along.name;
    config.sigma_min = along.sigma_min;
    config.sigma_max = along.sigma_max;
  }
  config.sigma_min *= noise_shift;
  config.sigma_max *= noise_shift;
}

Noising::Noising(const NoisingOptions& options, const diffusion::ModelConfig& config, uint64_t seed)
    : options_(options), config_(config), seed_(seed) {}

double Noising::sigma(uint64_t image) const {
  Random random(seed_, image, Purpose::training_sigma);
  if (options_.kind == "edm")
    return options_.noise_shift * std::exp(options_.p_mean + options_.p_std * random.normal());
  const Path& path = path_named(config_.parameterisation.path);
  const double low = path.time(path.sigma_min), high = path.time(path.sigma_max);
  const double u = options_.time == "uniform" ? random.uniform() : 1 / (1 + std::exp(-random.normal()));
  return options_.noise_shift * path.sigma(low + u * (high - low));
}

std::vector<float> Noising::noise(const data::Batch& batch, int64_t dim) const {
  const int64_t n = int64_t(batch.rows.size()) / dim;
  std::vector<float> rows = batch.source;
  if (rows.empty()) {
    rows.resize(batch.rows.size());
    for (int64_t i = 0; i < n; ++i)
      Random(seed_, uint64_t(batch.first + i), Purpose::training_noise)
          .fill_normal(std::span(rows).subspan(size_t(i * dim), size_t(dim)));
  }
  if (!options_.pair_by_transport) return rows;
  using Rows = Eigen::Map<const Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
  const std::vector<int64_t> partner =
      math::assign(math::squared_distances(Rows(batch.rows.data(), n, dim), Rows(rows.data(), n, dim)));
  std::vector<float> paired(rows.size());
  for (int64_t i = 0; i < n; ++i) std::copy_n(rows.begin() + partner[size_t(i)] * dim, dim, paired.begin() + i * dim);
  return paired;
}

Noised Noising::operator()(const data::Batch& batch) const {
  const int64_t dim = element_count(config_.network.shape), n = int64_t(batch.rows.size()) / dim;
  std::vector<int64_t> shape = config_.network.shape;
  shape.insert(shape.begin(), n);
  // The graph of gradients keeps these tensors beyond this call, so they own their memory.
  const at::Tensor input = at::empty(shape, at::kFloat), target = at::empty_like(input);
  const at::Tensor c_noise = at::empty({n}, at::kFloat);
  std::vector<double> sigmas;
  const std::vector<float> noises = noise(batch, dim);
  for (int64_t i = 0; i < n; ++i) {
    const double level = sigmas.emplace_back(sigma(uint64_t(batch.first + i)));
    const diffusion::Preconditioning c = diffusion::precondition(config_.parameterisation, level);
    const float *x0 = batch.rows.data() + i * dim, *noise = noises.data() + i * dim;
    float *in = input.data_ptr<float>() + i * dim, *out = target.data_ptr<float>() + i * dim;
    for (int64_t k = 0; k < dim; ++k) {
      const double x = x0[k] + level * noise[k];
      in[k] = float(c.c_in * x);
      out[k] = float((x0[k] - c.c_skip * x) / c.c_out);
    }
    c_noise.data_ptr<float>()[i] = float(c.c_noise);
  }
  nn::Inputs inputs{.x = input, .noise = c_noise, .labels = {}};
  if (shape.size() == 4) inputs.x = inputs.x.contiguous(at::MemoryFormat::ChannelsLast);
  if (!batch.told.empty()) inputs.told = at::tensor(batch.told).view({n, data::kAugmentationNumbers});
  return {.inputs = inputs, .target = target, .sigmas = sigmas};
}

}  // namespace athanor::objective
