// From a graph to programs: which operations become one step, and where nothing has to be computed at all.
#pragma once

#include "arch/graph.h"
#include "engine/convolution.h"

namespace athanor::engine {

/// The parameters' values, by their positions in Graph::parameters().
using Parameters = std::vector<std::vector<float>>;

/// A network in two programs.
struct Lowered {
  /// What depends on noise level and label alone. It runs once for each pair of them; its results are a row, one after
  /// another.
  Program conditioning;
  int64_t condition_width = 0;  ///< elements of a row
  /// The rest, once for each image.
  Program image;
};

/// Weights that were laid out anew are taken from the parameters; the others must outlive the programs. What depends on
/// the conditions alone is computed in float32, whatever the precision. Fused are:
/// - normalisation, modulation and activation, in one pass over what may be a concatenation; a gate and an addition;
/// - convolutions that are added, to each other or to a value, in one product;
/// - concatenation and nearest-neighbour magnification into the convolutions that follow.
/// `images` is the most that a micro-batch may have; `kernels` names an instruction set, empty for the best.
Lowered lower(const arch::Graph& graph, Parameters& parameters, std::string_view kernels, Precision precision,
              int64_t images, const Parallel& parallel);

}  // namespace athanor::engine
