#include "objective/edm.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/random.h"
#include "diffusion/edm.h"

namespace athanor::objective {

void EdmOptions::fields(Fields& v) {
  v.opt("--p-mean", p_mean, "mean of ln σ in training");
  v.opt("--p-std", p_std, "standard deviation of ln σ in training", more_than(0));
  v.opt("--label-dropout", label_dropout, "share of images trained without their label, for guidance", between(0, 1));
}

Edm::Edm(const EdmOptions& options, const diffusion::ModelConfig& config, uint64_t seed)
    : options_(options), config_(config), seed_(seed) {}

at::Tensor Edm::loss(const nn::Network& network, const data::Batch& batch) const {
  const int64_t dim = element_count(config_.network.shape), n = int64_t(batch.rows.size()) / dim;
  std::vector<int64_t> shape = config_.network.shape;
  shape.insert(shape.begin(), n);
  // The graph of gradients keeps these tensors alive beyond this call, so they own their memory.
  const at::Tensor input = at::empty(shape, at::kFloat), target = at::empty_like(input);
  const at::Tensor c_noise = at::empty({n}, at::kFloat);
  std::vector<int64_t> labels = batch.labels;
  std::vector<float> noise(static_cast<size_t>(dim));
  for (int64_t i = 0; i < n; ++i) {
    const uint64_t image = uint64_t(batch.first + i);
    const double normal = Random(seed_, image, Purpose::training_sigma).normal();
    const double sigma = std::exp(options_.p_mean + options_.p_std * normal);
    const diffusion::Preconditioning c = diffusion::edm_preconditioning(sigma, config_.sigma_data);
    Random(seed_, image, Purpose::training_noise).fill_normal(std::span(noise));
    const float* x0 = batch.rows.data() + i * dim;
    float* in = input.data_ptr<float>() + i * dim;
    float* out = target.data_ptr<float>() + i * dim;
    for (int64_t k = 0; k < dim; ++k) {
      const double y = x0[k] + sigma * noise[size_t(k)];
      in[k] = float(c.c_in * y);
      out[k] = float((x0[k] - c.c_skip * y) / c.c_out);
    }
    c_noise.data_ptr<float>()[i] = float(c.c_noise);
    if (!labels.empty() && Random(seed_, image, Purpose::label_dropout).uniform() < options_.label_dropout)
      labels[size_t(i)] = -1;
  }

  nn::Inputs inputs{.x = input, .noise = c_noise, .labels = {}};
  if (shape.size() == 4) inputs.x = inputs.x.contiguous(at::MemoryFormat::ChannelsLast);
  if (config_.network.classes > 0) inputs.labels = at::tensor(labels, at::kLong);
  return (network.forward(inputs) - target).square().mean();
}

}  // namespace athanor::objective
