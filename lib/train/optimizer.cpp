#include "train/optimizer.h"

#include <ATen/ATen.h>

#include "train/adamw.h"
#include "train/lion.h"
#include "train/sgd.h"
#include "train/tiger.h"

namespace athanor::train {

void OptimizerOptions::fields(Fields& v) {
  v.opt("--optimizer", name, "how a gradient becomes a step", one_of({"adamw", "sgd", "lion", "tiger"}));
  v.opt("--lr", learning_rate, "learning rate after the warm-up; of tiger a fraction of a tensor's size", more_than(0));
  // At 1 nothing would ever enter the mean.
  const Rule decay{.text = "at least 0 and below 1", .holds = [](double b) { return b >= 0 && b < 1; }, .choices = {}};
  v.opt("--beta1", beta1, "decay of the gradient's mean; 0.9 when not given, 0.945 for tiger", decay);
  v.opt("--beta2", beta2, "decay of the squared gradient's mean, of lion its mean's; 0.99 when not given", decay);
  v.opt("--epsilon", epsilon, "added to the root of adamw's squared gradient's mean", more_than(0));
  v.opt("--weight-decay", weight_decay,
        "share of matrices, kernels and embeddings that a step takes away, as a multiple of the learning rate",
        at_least(0));
  v.opt("--rms-floor", rms_floor, "tiger takes a tensor to be at least this large, so that one of zeros can move",
        at_least(0));
}

void OptimizerOptions::check() const {
  if (beta2 && (name == "sgd" || name == "tiger")) fail(ErrorKind::usage, "{} has no --beta2", name);
}

std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& o, std::span<const arch::Parameter> parameters) {
  o.check();
  const double beta1 = o.beta1.value_or(o.name == "tiger" ? 0.945 : 0.9), beta2 = o.beta2.value_or(0.99);
  if (o.name == "sgd") return std::make_unique<Sgd>(beta1, o.weight_decay, decay_mask(parameters));
  if (o.name == "lion") return std::make_unique<Lion>(beta1, beta2, o.weight_decay, decay_mask(parameters));
  if (o.name == "tiger") return std::make_unique<Tiger>(beta1, o.weight_decay, o.rms_floor, parameters);
  return std::make_unique<AdamW>(beta1, beta2, o.epsilon, o.weight_decay, decay_mask(parameters));
}

at::Tensor decay_mask(std::span<const arch::Parameter> parameters) {
  std::vector<at::Tensor> parts;
  for (const arch::Parameter& p : parameters) {
    const bool decays = p.role == arch::Role::matrix || p.role == arch::Role::embedding;
    parts.push_back(at::full({element_count(p.shape)}, decays ? 1.f : 0.f));
  }
  return at::cat(parts);
}

}  // namespace athanor::train
