#include "train/adamw.h"

#include <ATen/ATen.h>

#include <cmath>

namespace athanor::train {

AdamW::AdamW(double beta1, double beta2, double epsilon, double weight_decay, const at::Tensor& decay_mask)
    : beta1_(beta1),
      beta2_(beta2),
      epsilon_(epsilon),
      weight_decay_(weight_decay),
      decay_mask_(decay_mask),
      m_(at::zeros_like(decay_mask)),
      v_(at::zeros_like(decay_mask)) {}

void AdamW::accumulate(const at::Tensor& gradient, Part part) {
  m_.mul_(part.keeps(beta1_)).add_(gradient, part.takes(beta1_));
  v_.mul_(part.keeps(beta2_)).addcmul_(gradient, gradient, part.takes(beta2_));
}

void AdamW::update(at::Tensor& parameters, int64_t t, double rate) {
  const double correction1 = 1 - std::pow(beta1_, double(t)), correction2 = 1 - std::pow(beta2_, double(t));
  if (weight_decay_ > 0) parameters.addcmul_(parameters, decay_mask_, -rate * weight_decay_);
  const at::Tensor denominator = v_.sqrt().div_(std::sqrt(correction2)).add_(epsilon_);
  parameters.addcdiv_(m_, denominator, -rate / correction1);
}

}  // namespace athanor::train
