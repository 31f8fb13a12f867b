// The objective of a classifier of noisy images: which class an image is of, at every noise level.
//
//   loss = −E ln softmax(F(c_in·x, c_noise))[class],   x = x0 + σ·n    (objective/noising.h)
//
// Source: Dhariwal and Nichol, "Diffusion models beat GANs on image synthesis" (2021), section 4.
#pragma once

#include "objective/noising.h"
#include "train/trainer.h"

namespace athanor::objective {

class Classification : public train::Objective {
 public:
  /// `config` as NoisingOptions::describe left it, of a network of type "classifier".
  Classification(const NoisingOptions& options, const diffusion::ModelConfig& config, uint64_t seed);
  at::Tensor loss(const nn::Network& network, const data::Batch& batch) const override;

 private:
  Noising noising_;
};

}  // namespace athanor::objective
