// Which operations of a graph can be one step, whoever runs it.
#pragma once

#include <functional>
#include <map>
#include <set>

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
  int last = -1;                                  ///< the one whose output it is
  /// The one that reads x.
  int first() const { return norm >= 0 ? norm : modulate >= 0 ? modulate : activation; }
};

/// Chains as long as they can be, each node in one of them at most.
struct Chains {
  std::map<int, Pointwise> by_last;
  std::set<int> inner;  ///< nodes before the last: their outputs are nobody's but the chain's
};
/// Those that `wanted` takes.
Chains chains_of(const Graph& graph, const Uses& uses, const std::function<bool(const Pointwise&)>& wanted);

}  // namespace athanor::arch
