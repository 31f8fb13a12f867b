// A graph with parameters and their gradient: by LibTorch, the operations that take the time by the engine's kernels.
#pragma once

#include "arch/fusion.h"
#include "io/tensor_reader.h"
#include "nn/operations.h"
#include "nn/recompute.h"

namespace athanor::nn {

/// All parameters lie in one flat vector, and so does their gradient: the optimizer, the average and the clipping are
/// each a handful of operations on whole vectors, and a training state is a few tensors.
class Network {
 public:
  /// Parameters are zero until initialise(), load() or a copy into flat(). They are float32, and so is what depends on
  /// noise level and label alone; images and what becomes of them are `compute`: float32 or bfloat16.
  explicit Network(arch::Graph graph, at::ScalarType compute = at::kFloat);
  Network(const Network&) = delete;  // a copy would share its parameters
  Network(Network&&) = default;

  const arch::Graph& graph() const { return graph_; }
  /// [P]; the parameters are views of it, in the graph's order.
  at::Tensor& flat() { return flat_; }
  /// [P]; backward() adds to it.
  at::Tensor& gradient() { return gradient_; }
  /// The parameters, views of flat() in the graph's order, to which autograd adds gradients, views of gradient().
  std::span<const at::Tensor> leaves() const { return parameters_; }

  /// Draws parameter p from the stream (seed, p, Purpose::weight_init).
  void initialise(uint64_t seed);
  /// Takes the parameters from a checkpoint that arch::check_parameters found right. Throws Error{data} when one is not
  /// finite.
  void load(io::TensorReader& checkpoint);
  /// The parameters of `flat` as tensors of a checkpoint: names, shapes and their values.
  std::vector<std::pair<io::TensorInfo, at::Tensor>> tensors(const at::Tensor& flat, DType dtype) const;

  /// Splits the network into so many parts (at most one a node) of about as many activations each, which are computed
  /// once more on the way back instead of being kept.
  void recompute(const Segments& segments);

  /// [N, the input's shape…] → [N, the output's shape…], float32.
  at::Tensor forward(const Inputs& inputs) const;

 private:
  std::vector<int> inputs_of(int node) const;
  std::vector<int> ends_of(int64_t segments) const;
  int64_t kept(const std::vector<int>& ends) const;
  /// Runs the nodes first … last − 1 and forgets the values that nobody needs any more.
  void run_range(int first, int last, const Inputs& inputs, std::vector<at::Tensor>& values) const;
  at::Tensor run(int node, const Inputs& inputs, const std::vector<at::Tensor>& values) const;
  arch::Graph graph_;
  at::ScalarType compute_;
  at::Tensor flat_, gradient_;
  std::vector<at::Tensor> parameters_;  ///< leaves that share flat_'s memory, their gradients gradient_'s
  std::vector<int> last_use_;           ///< of each node's output: the node after which it can be freed
  arch::Chains chains_;                 ///< each runs as one
  std::vector<int> segments_;           ///< where parts end that are computed twice; empty: none
};

}  // namespace athanor::nn
