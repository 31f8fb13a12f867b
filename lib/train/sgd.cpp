#include "train/sgd.h"

#include <ATen/ATen.h>

namespace athanor::train {

Sgd::Sgd(double beta, double weight_decay, const at::Tensor& decay_mask)
    : beta_(beta), weight_decay_(weight_decay), decay_mask_(decay_mask), m_(at::zeros_like(decay_mask)) {}

void Sgd::accumulate(const at::Tensor& gradient, Part part) {
  m_.mul_(part.keeps(beta_)).add_(gradient, 1 / double(part.count));
}

void Sgd::update(at::Tensor& parameters, int64_t, double rate) {
  if (weight_decay_ > 0) parameters.addcmul_(parameters, decay_mask_, -rate * weight_decay_);
  parameters.add_(m_, -rate);
}

}  // namespace athanor::train
