// The EDM objective: predict the clean image from a noisy one, at noise levels drawn log-normally.
//
//   ln σ ~ N(P_mean, P_std²),  n ~ N(0, I),  y = x0 + σ·n
//   loss = E λ(σ)·‖D(y; σ) − x0‖² / dim = E ‖F(c_in·y, c_noise) − (x0 − c_skip·y)/c_out‖² / dim      since λ·c_out² = 1
//
// Source: Karras, Aittala, Aila, Laine, "Elucidating the design space of diffusion-based generative models" (2022),
//         equations 2, 7, 8 and table 1. Label dropout: Ho and Salimans, "Classifier-free diffusion guidance" (2022).
#pragma once

#include "diffusion/checkpoint.h"
#include "train/trainer.h"

namespace athanor::objective {

struct EdmOptions {
  double p_mean = -1.2, p_std = 1.2;
  double label_dropout = 0.1;  ///< share of images trained without their label, for guidance
  void fields(Fields& v);
};

class Edm : public train::Objective {
 public:
  /// Image number i since the start draws its σ, noise and dropout from streams (seed, i).
  Edm(const EdmOptions& options, const diffusion::ModelConfig& config, uint64_t seed);
  at::Tensor loss(const nn::Network& network, const data::Batch& batch) const override;

 private:
  EdmOptions options_;
  diffusion::ModelConfig config_;
  uint64_t seed_;
};

}  // namespace athanor::objective
