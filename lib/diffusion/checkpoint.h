// What a diffusion model's checkpoint says of itself: enough to rebuild the model with no other file.
#pragma once

#include "arch/network.h"
#include "diffusion/preconditioning.h"
#include "io/history.h"

namespace athanor::diffusion {

/// The value under "athanor.config", version 1:
/// {"version":1,"network":{…},"parameterisation":"edm","sigma_data":0.5,"sigma_min":0.002,"sigma_max":80,"guidance":1,
///  "class_names":[…]};  "path":"straight" for other parameterisations, "start":"source" for a transfer.
struct ModelConfig {
  arch::NetworkConfig network;
  Parameterisation parameterisation;
  double sigma_min = 0.002, sigma_max = 80;  ///< noise levels that the model was trained for
  double guidance = 1;  ///< weight of classifier-free guidance with which the model is meant to be used
  std::vector<std::string> class_names;  ///< empty, or one a class
  bool transfers = false;  ///< from rows of a source to rows of the data: n is no noise, but a row of the source
};

/// Puts the config into a checkpoint's metadata.
void write_config(const ModelConfig& config, io::Metadata& metadata);
/// Throws Error{data}: no config, another version, an unknown parameterisation, a key of the wrong kind.
ModelConfig read_config(const io::Metadata& metadata);

}  // namespace athanor::diffusion
