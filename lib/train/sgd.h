// Gradient descent with momentum on flat vectors.
//
//   m ← β·m + g,   θ ← θ − lr·(m + λ·θ)
//
// Source: Sutskever et al., "On the importance of initialization and momentum in deep learning" (2013), equations 1 and
//         2, with lr outside of m as in PyTorch. Differs: decay is decoupled, as in all optimizers here.
#pragma once

#include "train/optimizer.h"

namespace athanor::train {

class Sgd : public Optimizer {
 public:
  /// `decay_mask` [P]: 1 where weight decay acts.
  Sgd(double beta, double weight_decay, const at::Tensor& decay_mask);
  void accumulate(const at::Tensor& gradient, Part part) override;
  void update(at::Tensor& parameters, int64_t t, double rate) override;
  std::vector<std::pair<std::string, at::Tensor*>> state() override { return {{"sgd.m", &m_}}; }

 private:
  double beta_, weight_decay_;
  at::Tensor decay_mask_, m_;
};

}  // namespace athanor::train
