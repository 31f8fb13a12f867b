// Which operations of a graph can be one step, whoever runs it.
#pragma once

#include "arch/graph.h"

namespace athanor::arch {

/// Who reads what.
struct Uses {
  explicit Uses(const Graph& graph);
  /// The only node that reads this one's output, or -1: none, several, or it is the graph's result as well.
  int only_user(int node) const;

  std::vector<std::vector<int>> users;  ///< nodes that read a node's output
  std::vector<bool> conditional;        ///< whether it depends on noise level and label alone
  int output_node;
};

/// act((1 + scale)·norm(x) + shift), each part of which may be absent: nodes of which each is read by the next alone.
struct Pointwise {
  int norm = -1, modulate = -1, activation = -1;  ///< nodes, or -1; activation: silu or gelu
  int first = -1, last = -1;                      ///< first: the one that reads x; last: the one whose output it is
};

/// The longest chain that begins with this normalisation, modulation or activation.
Pointwise pointwise_from(const Graph& graph, const Uses& uses, int node);

}  // namespace athanor::arch
