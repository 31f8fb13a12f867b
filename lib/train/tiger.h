// Tiger: steps against the sign of one momentum, as large as the tensor asks for. Its only memory is the momentum, even
// when a gradient comes in parts.
//
//   m ← β·m + (1 − β)/k·g at the first of k parts, m + (1 − β)/k·g at the others
//   θ ← θ − η·(sign(m) + λ·θ),  sign(0) = 0;   matrices   η = lr·max(RMS(θ), floor)
//                                              embeddings the same, row by row
//                                              biases, gains   η = lr/2, λ = 0
//   a tensor whose gradient holds NaN or infinity:   m stays,  θ ← (θ − c)·s + c,  s = 0.99,  c = 1 for gains, else 0
//
// Source: Su, "Tiger: a tight-fisted optimizer" (kexue.fm/archives/9512) and "Gradient accumulation hidden in momentum"
//         (kexue.fm/archives/8634).
// Differs: `floor`; the reference code has none, and there a tensor of zeros never moves.
#pragma once

#include "train/optimizer.h"

namespace athanor::train {

class Tiger : public Optimizer {
 public:
  /// `parameters` lie one after another in the vectors [P].
  Tiger(double beta, double weight_decay, double rms_floor, std::span<const arch::Parameter> parameters);
  void accumulate(const at::Tensor& gradient, Part part) override;
  void update(at::Tensor& parameters, int64_t t, double rate) override;
  bool survives_nan() const override { return true; }
  std::vector<std::pair<std::string, at::Tensor*>> state() override { return {{"tiger.m", &m_}}; }

 private:
  /// A tensor's place, or an embedding's row.
  struct Range {
    int64_t offset, count;
    arch::Role role;
    bool broken = false;  ///< a part of this step's gradient was not finite
  };
  double beta_, weight_decay_, rms_floor_;
  std::vector<Range> ranges_;
  at::Tensor m_;
};

}  // namespace athanor::train
