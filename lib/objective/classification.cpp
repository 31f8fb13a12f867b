#include "objective/classification.h"

#include <ATen/ATen.h>

namespace athanor::objective {

Classification::Classification(const NoisingOptions& options, const diffusion::ModelConfig& config, uint64_t seed)
    : noising_(options, config, seed) {}

at::Tensor Classification::loss(const nn::Network& network, const data::Batch& batch) const {
  const at::Tensor logits = network.forward(noising_(batch).inputs);
  const at::Tensor labels = at::tensor(batch.labels, at::kLong).unsqueeze(1);
  return -at::log_softmax(logits, 1).gather(1, labels).mean();
}

}  // namespace athanor::objective
