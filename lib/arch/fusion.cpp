#include "arch/fusion.h"

#include <algorithm>

namespace athanor::arch {

Uses::Uses(const Graph& graph) : users(graph.nodes().size()), output_node(graph.output_node()) {
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    const Node& node = graph.nodes()[i];
    for (const int input : node.inputs) users[size_t(input)].push_back(int(i));
    conditional.push_back(node.op != Op::input &&
                          std::ranges::all_of(node.inputs, [&](int in) { return conditional[size_t(in)]; }));
  }
}

int Uses::only_user(int node) const {
  return users[size_t(node)].size() == 1 && node != output_node ? users[size_t(node)].front() : -1;
}

namespace {

/// The longest chain that begins with this node; `last` is −1 when it is no normalisation, modulation or activation.
Pointwise pointwise_from(const Graph& graph, const Uses& uses, int node) {
  const auto op_of = [&](int n) { return graph.nodes()[size_t(n)].op; };
  constexpr Op beginnings[] = {Op::group_norm, Op::layer_norm, Op::modulate, Op::silu, Op::gelu};
  if (std::ranges::find(beginnings, op_of(node)) == std::end(beginnings)) return {};
  Pointwise chain{.last = node};
  const auto follower = [&](Op op) {
    const int user = uses.only_user(chain.last);
    const bool follows = user >= 0 && op_of(user) == op && graph.nodes()[size_t(user)].inputs[0] == chain.last &&
                         uses.conditional[size_t(user)] == uses.conditional[size_t(node)];
    return follows ? user : -1;
  };
  if (op_of(node) == Op::group_norm || op_of(node) == Op::layer_norm) chain.norm = node;
  chain.modulate = op_of(node) == Op::modulate ? node : chain.norm >= 0 ? follower(Op::modulate) : -1;
  if (chain.modulate >= 0) chain.last = chain.modulate;
  chain.activation = op_of(node) == Op::silu || op_of(node) == Op::gelu
                         ? node
                         : std::max(follower(Op::silu), follower(Op::gelu));  // one at most is there
  if (chain.activation >= 0) chain.last = chain.activation;
  return chain;
}

}  // namespace

Chains chains_of(const Graph& graph, const Uses& uses, const std::function<bool(const Pointwise&)>& wanted) {
  Chains chains;
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    const int node = int(i);
    if (chains.inner.contains(node) || chains.by_last.contains(node)) continue;
    const Pointwise chain = pointwise_from(graph, uses, node);
    if (chain.last < 0 || !wanted(chain)) continue;
    chains.by_last[chain.last] = chain;
    for (const int part : {chain.norm, chain.modulate})
      if (part >= 0 && part != chain.last) chains.inner.insert(part);
  }
  return chains;
}

}  // namespace athanor::arch
