#include "nn/executor.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "nn/network.h"
#include "tensor/bridge.h"

namespace athanor::nn {
namespace {

class NetworkExecutor : public arch::Executor {
 public:
  explicit NetworkExecutor(const Network& network) : arch::Executor(network.graph()), network_(network) {}

 private:
  void run(std::span<const float> x, std::span<const float> noise, std::span<const int64_t> labels,
           std::span<float> out) override {
    const int64_t n = int64_t(noise.size());
    const arch::Graph& graph = network_.graph();
    const auto batch = [&](int node) {
      Shape shape = graph.nodes()[size_t(node)].shape;
      shape.insert(shape.begin(), n);
      return shape;
    };
    tensor::translated([&] {
      const at::NoGradGuard no_grad;
      Inputs inputs{.x = tensor::view(x, batch(graph.input_node())), .noise = tensor::view(noise, {n}), .labels = {}};
      if (inputs.x.dim() == 4) inputs.x = inputs.x.contiguous(at::MemoryFormat::ChannelsLast);
      if (!labels.empty()) inputs.labels = at::from_blob(const_cast<int64_t*>(labels.data()), {n}, at::kLong);
      tensor::view(out, batch(graph.output_node())).copy_(network_.forward(inputs));
    });
  }

  const Network& network_;
};

}  // namespace

std::unique_ptr<arch::Executor> make_executor(const Network& network) {
  return std::make_unique<NetworkExecutor>(network);
}

}  // namespace athanor::nn
