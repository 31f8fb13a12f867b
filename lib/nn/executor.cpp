#include "nn/executor.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "nn/network.h"
#include "tensor/bridge.h"

namespace athanor::nn {
namespace {

class NetworkExecutor : public arch::Executor {
 public:
  explicit NetworkExecutor(const Network& network) : network_(&network) {}
  explicit NetworkExecutor(std::unique_ptr<Network> network) : owned_(std::move(network)), network_(owned_.get()) {}

  void forward(std::span<const float> x, std::span<const float> noise, std::span<const int64_t> labels,
               std::span<float> out) override {
    const int64_t n = int64_t(noise.size());
    const arch::Graph& graph = network_->graph();
    const auto batch = [&](int node) {
      Shape shape = graph.nodes()[size_t(node)].shape;
      shape.insert(shape.begin(), n);
      return shape;
    };
    const Shape shape = batch(0);
    tensor::translated([&] {
      const at::NoGradGuard no_grad;
      Inputs inputs{.x = tensor::view(x, shape), .noise = tensor::view(noise, {n}), .labels = {}};
      if (shape.size() == 4) inputs.x = inputs.x.contiguous(at::MemoryFormat::ChannelsLast);
      if (!labels.empty()) inputs.labels = at::from_blob(const_cast<int64_t*>(labels.data()), {n}, at::kLong);
      tensor::view(out, batch(graph.output_node())).copy_(network_->forward(inputs));
    });
  }

 private:
  std::unique_ptr<Network> owned_;
  const Network* network_;
};

}  // namespace

std::unique_ptr<arch::Executor> make_executor(arch::Graph graph, io::TensorReader& checkpoint) {
  // Before a byte is allocated on the config's word.
  arch::check_parameters(graph, checkpoint.layout().tensors);
  return tensor::translated([&] {
    auto network = std::make_unique<Network>(std::move(graph));
    network->load(checkpoint);
    return std::make_unique<NetworkExecutor>(std::move(network));
  });
}

std::unique_ptr<arch::Executor> make_executor(const arch::NetworkConfig& config, io::TensorReader& checkpoint) {
  return make_executor(arch::build(config), checkpoint);
}

std::unique_ptr<arch::Executor> make_executor(const Network& network) {
  return std::make_unique<NetworkExecutor>(network);
}

}  // namespace athanor::nn
