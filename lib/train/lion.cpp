#include "train/lion.h"

#include <ATen/ATen.h>

namespace athanor::train {

Lion::Lion(double beta1, double beta2, double weight_decay, const at::Tensor& decay_mask)
    : beta1_(beta1),
      beta2_(beta2),
      weight_decay_(weight_decay),
      decay_mask_(decay_mask),
      m_(at::zeros_like(decay_mask)),
      c_(at::zeros_like(decay_mask)) {}

void Lion::accumulate(const at::Tensor& gradient, Part part) {
  if (part.index == 0) c_.copy_(m_);
  c_.mul_(part.keeps(beta1_)).add_(gradient, part.takes(beta1_));
  m_.mul_(part.keeps(beta2_)).add_(gradient, part.takes(beta2_));
}

void Lion::update(at::Tensor& parameters, int64_t, double rate) {
  if (weight_decay_ > 0) parameters.addcmul_(parameters, decay_mask_, -rate * weight_decay_);
  parameters.add_(c_.sign(), -rate);
}

}  // namespace athanor::train
