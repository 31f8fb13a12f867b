#include "train/adamw.h"

#include <ATen/ATen.h>

#include <cmath>

namespace athanor::train {

void AdamWOptions::fields(Fields& v) {
  v.opt("--lr", learning_rate, "learning rate after the warm-up", more_than(0));
  v.opt("--beta1", beta1, "decay of the gradient's mean", between(0, 1));
  v.opt("--beta2", beta2, "decay of the squared gradient's mean", between(0, 1));
  v.opt("--epsilon", epsilon, "added to the root of the squared gradient's mean", more_than(0));
  v.opt("--weight-decay", weight_decay, "decoupled decay of matrices and kernels, a step and unit of --lr",
        at_least(0));
}

AdamW::AdamW(const AdamWOptions& options, const at::Tensor& decay_mask)
    : m(at::zeros_like(decay_mask)), v(at::zeros_like(decay_mask)), options_(options), decay_mask_(decay_mask) {}

void AdamW::step(at::Tensor& parameters, const at::Tensor& gradient, int64_t t, double rate) {
  const double correction1 = 1 - std::pow(options_.beta1, double(t));
  const double correction2 = 1 - std::pow(options_.beta2, double(t));
  m.lerp_(gradient, 1 - options_.beta1);
  v.mul_(options_.beta2).addcmul_(gradient, gradient, 1 - options_.beta2);
  if (options_.weight_decay > 0) parameters.addcmul_(parameters, decay_mask_, -rate * options_.weight_decay);
  const at::Tensor denominator = v.sqrt().div_(std::sqrt(correction2)).add_(options_.epsilon);
  parameters.addcdiv_(m, denominator, -rate / correction1);
}

}  // namespace athanor::train
