// Which network: its kind, its options and what it maps, as a checkpoint records them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "arch/classifier.h"
#include "arch/dit.h"
#include "arch/mlp.h"
#include "arch/unet.h"
#include "io/layout.h"

namespace athanor::arch {

struct NetworkConfig {
  std::string type = "unet";  ///< "unet", "dit" or "classifier" for images [C,H,W], "mlp" for vectors [D]
  Shape shape;                ///< of one input, and of one output but for classifiers
  int64_t classes = 0;        ///< that the network is told; 0: unconditional
  int64_t augmentation = 0;   ///< numbers that tell how an image was changed: in training alone, no file has them
  UnetOptions unet;           ///< of a classifier too
  MlpOptions mlp;
  DitOptions dit;
  int64_t outputs = 0;  ///< logits of a classifier
};

/// The options from which a tool makes a network.
struct NetworkOptions {
  std::optional<std::string> kind;  ///< unet for images and mlp for vectors when not given
  UnetOptions unet;
  DitOptions dit;
  MlpOptions mlp;
  void fields(Fields& v);
  /// A network for rows of `shape` that is told one of `classes`.
  NetworkConfig network_for(const Shape& shape, int64_t classes) const;
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
