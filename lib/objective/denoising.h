// The objective of diffusion and of flow matching: from a point between data and noise, predict either of them.
//
//   loss = E w(σ)·‖F(c_in·x, c_noise) − F*‖²/dim    (objective/noising.h);   w = 1, or with min-SNR c_out²·min(1/σ², γ)
//
// Source: Karras et al., "Elucidating the design space of diffusion-based generative models" (2022), equation 8;
//         Hang et al., "Efficient diffusion training via min-SNR weighting strategy" (2023), section 3.4; label
//         dropout: Ho and Salimans, "Classifier-free diffusion guidance" (2022).
#pragma once

#include "objective/noising.h"
#include "train/trainer.h"

namespace athanor::objective {

struct DenoisingOptions {
  NoisingOptions noising;
  std::optional<double> min_snr;  ///< γ
  double label_dropout = 0.1;     ///< share of images trained without their label, for guidance
  void fields(Fields& v);
};

class Denoising : public train::Objective {
 public:
  /// `config` as NoisingOptions::describe left it. Image number i draws its dropout from the stream (seed, i).
  Denoising(const DenoisingOptions& options, const diffusion::ModelConfig& config, uint64_t seed);
  at::Tensor loss(const nn::Network& network, const data::Batch& batch) const override;
  /// w(σ).
  double weight(double sigma) const;

 private:
  DenoisingOptions options_;
  diffusion::ModelConfig config_;
  uint64_t seed_;
  Noising noising_;
};

}  // namespace athanor::objective
