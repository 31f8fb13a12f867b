#include "objective/denoising.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/random.h"

namespace athanor::objective {

void DenoisingOptions::fields(Fields& v) {
  noising.fields(v);
  v.opt("--min-snr", min_snr, "bound γ on the weight of the image's error (5 in the paper); none when not given",
        more_than(0));
  v.opt("--label-dropout", label_dropout, "share of images trained without their label, for guidance", between(0, 1));
}

Denoising::Denoising(const DenoisingOptions& options, const diffusion::ModelConfig& config, uint64_t seed)
    : options_(options), config_(config), seed_(seed), noising_(options.noising, config, seed) {}

double Denoising::weight(double sigma) const {
  if (!options_.min_snr) return 1;
  const double c_out = diffusion::precondition(config_.parameterisation, sigma).c_out;
  return c_out * c_out * std::min(1 / (sigma * sigma), *options_.min_snr);
}

at::Tensor Denoising::loss(const nn::Network& network, const data::Batch& batch) const {
  Noised noised = noising_(batch);
  if (config_.network.classes > 0) {
    std::vector<int64_t> labels = batch.labels;
    for (size_t i = 0; i < labels.size(); ++i) {
      Random random(seed_, uint64_t(batch.first) + i, Purpose::label_dropout);
      if (random.uniform() < options_.label_dropout) labels[i] = -1;
    }
    noised.inputs.labels = at::tensor(labels, at::kLong);
  }
  const at::Tensor error = (network.forward(noised.inputs) - noised.target).square();
  if (!options_.min_snr) return error.mean();
  std::vector<float> weights;
  for (const double sigma : noised.sigmas) weights.push_back(float(weight(sigma)));
  return (error.flatten(1).mean(1) * at::tensor(weights)).mean();
}

}  // namespace athanor::objective
