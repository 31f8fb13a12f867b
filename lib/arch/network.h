// Which network: its kind, its options and what it maps, as a checkpoint records them.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "arch/mlp.h"
#include "arch/unet.h"
#include "io/layout.h"

namespace athanor::arch {

struct NetworkConfig {
  std::string type = "unet";  ///< "unet" for images [C,H,W], "mlp" for vectors [D]
  Shape shape;                ///< of one input and output
  int64_t classes = 0;        ///< 0: unconditional
  UnetOptions unet;
  MlpOptions mlp;
};

/// The options of the network's own kind, with its shape and classes.
nlohmann::json to_json(const NetworkConfig& config);
/// Throws Error{data} naming the key that is missing, unknown or of the wrong kind.
NetworkConfig network_from_json(const nlohmann::json& in);

/// Throws Error{data} when options and shape do not fit.
Graph build(const NetworkConfig& config);

/// Throws Error{data} naming the first parameter of the graph that the tensors lack, the first of another shape, or the
/// first tensor that the graph does not know, with the counts of each.
void check_parameters(const Graph& graph, const std::vector<io::TensorInfo>& tensors);

}  // namespace athanor::arch
