// Lion on flat vectors: steps of one size in every parameter, against the sign of a short average of the gradient.
//
//   c ← β1·m + (1 − β1)·g,   m ← β2·m + (1 − β2)·g,   θ ← θ − lr·(sign(c) + λ·θ),   sign(0) = 0
//
// Source: Chen et al., "Symbolic discovery of optimization algorithms" (2023), program 1.
#pragma once

#include "train/optimizer.h"

namespace athanor::train {

class Lion : public Optimizer {
 public:
  /// `decay_mask` [P]: 1 where weight decay acts.
  Lion(double beta1, double beta2, double weight_decay, const at::Tensor& decay_mask);
  void accumulate(const at::Tensor& gradient, Part part) override;
  void update(at::Tensor& parameters, int64_t t, double rate) override;
  std::vector<std::pair<std::string, at::Tensor*>> state() override { return {{"lion.m", &m_}}; }

 private:
  double beta1_, beta2_, weight_decay_;
  at::Tensor decay_mask_, m_, c_;  ///< c lives within a step
};

}  // namespace athanor::train
