// What a training makes: the options that decide the model and its objective, and both of them.
#pragma once

#include "arch/network.h"
#include "data/dataset.h"
#include "objective/denoising.h"

namespace athanor::objective {

struct Recipe {
  bool classifier = false;        ///< of noisy images, instead of a model that draws
  bool unconditional = false;     ///< labels are left out
  double guidance = 1;            ///< that the model is meant to be used with
  std::string dtype = "float32";  ///< what the network is computed in, or bfloat16
  nn::Segments segments;
  arch::NetworkOptions network;
  DenoisingOptions denoising;
  void fields(Fields& v);
  /// Throws Error{usage}: options that do not go together; `transfers`: whether rows of a source take the noise's
  /// place.
  void check(bool transfers) const;
  /// The model of rows like these. Throws Error{data}: a classifier of rows without labels.
  diffusion::ModelConfig config_for(const data::Dataset& rows, bool transfers) const;
  /// What makes such a model, its random numbers from the seed.
  std::unique_ptr<train::Objective> objective_for(const diffusion::ModelConfig& config, uint64_t seed) const;
  /// Its network at the start; if `augmented`, it is told how images were changed. Throws Error{data}: options and
  /// shape do not fit.
  nn::Network network_for(const diffusion::ModelConfig& config, bool augmented, uint64_t seed) const;
};

}  // namespace athanor::objective
