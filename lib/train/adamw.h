// AdamW on flat vectors.
//
//   m ← β1·m + (1 − β1)·g,   v ← β2·v + (1 − β2)·g²
//   θ ← θ − lr·( (m/(1 − β1ᵗ)) / (√(v/(1 − β2ᵗ)) + ε) + λ·θ )
//
// Source: Loshchilov and Hutter, "Decoupled weight decay regularization" (2019), algorithm 2; ε as in PyTorch.
// Differs: a gradient that comes in k parts leaves Σ g²/k in v where the square of their mean would be: an upper bound.
#pragma once

#include "train/optimizer.h"

namespace athanor::train {

class AdamW : public Optimizer {
 public:
  /// `decay_mask` [P]: 1 where weight decay acts.
  AdamW(double beta1, double beta2, double epsilon, double weight_decay, const at::Tensor& decay_mask);
  void accumulate(const at::Tensor& gradient, Part part) override;
  void update(at::Tensor& parameters, int64_t t, double rate) override;
  std::vector<std::pair<std::string, at::Tensor*>> state() override { return {{"adamw.m", &m_}, {"adamw.v", &v_}}; }

 private:
  double beta1_, beta2_, epsilon_, weight_decay_;
  at::Tensor decay_mask_, m_, v_;
};

}  // namespace athanor::train
