// AdamW on flat vectors.
//
//   m ← β1·m + (1 − β1)·g,   v ← β2·v + (1 − β2)·g²
//   θ ← θ − lr·( (m/(1 − β1ᵗ)) / (√(v/(1 − β2ᵗ)) + ε) + λ·θ )
//
// Source: Loshchilov and Hutter, "Decoupled weight decay regularization" (2019), algorithm 2; ε as in PyTorch.
#pragma once

#include <ATen/core/Tensor.h>

#include "core/fields.h"

namespace athanor::train {

struct AdamWOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9, beta2 = 0.99, epsilon = 1e-8;
  double weight_decay = 0;
  void fields(Fields& v);
};

class AdamW {
 public:
  /// `decay_mask` [P]: 1 where weight decay acts.
  AdamW(const AdamWOptions& options, const at::Tensor& decay_mask);
  /// Step t ≥ 1 with learning rate `rate`: changes the parameters [P] by their gradient [P].
  void step(at::Tensor& parameters, const at::Tensor& gradient, int64_t t, double rate);
  /// First and second moments [P], zero at the start.
  at::Tensor m, v;

 private:
  AdamWOptions options_;
  at::Tensor decay_mask_;
};

}  // namespace athanor::train
