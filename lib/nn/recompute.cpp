#include "nn/recompute.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include "core/error.h"
#include "core/text.h"

namespace athanor::nn {
namespace {

class Recompute : public torch::autograd::Node {
 public:
  Recompute(std::function<Tensors(const Tensors&)> f, Tensors inputs) : f_(std::move(f)), inputs_(std::move(inputs)) {}

  Tensors apply(Tensors&& gradients) override {
    const at::AutoGradMode grad(true);
    Tensors leaves;
    for (const at::Tensor& input : inputs_) leaves.push_back(input.detach().requires_grad_(input.requires_grad()));
    const Tensors outputs = f_(leaves);
    Tensors roots, root_gradients;
    size_t next = 0;  // a gradient for each result that can have one
    for (const at::Tensor& output : outputs) {
      if (!output.is_floating_point()) continue;
      const at::Tensor& gradient = gradients[next++];
      if (!gradient.defined() || !output.requires_grad()) continue;
      roots.push_back(output);
      root_gradients.push_back(gradient);
    }
    torch::autograd::backward(roots, root_gradients);
    Tensors result;
    for (const at::Tensor& leaf : leaves) result.push_back(leaf.grad());
    return result;
  }
  void release_variables() override {
    f_ = nullptr;
    inputs_.clear();
  }

 private:
  std::function<Tensors(const Tensors&)> f_;
  Tensors inputs_;
};

}  // namespace

Tensors recomputed(const std::function<Tensors(const Tensors&)>& f, const Tensors& inputs) {
  if (!at::GradMode::is_enabled()) return f(inputs);
  Tensors outputs;
  {
    const at::NoGradGuard no_grad;
    // A result is a tensor of its own, which carries this node's gradient, also where f hands an input on.
    for (const at::Tensor& output : f(inputs)) outputs.push_back(output.detach());
  }
  const std::shared_ptr<Recompute> node(new Recompute(f, inputs), torch::autograd::deleteNode);
  node->set_next_edges(torch::autograd::collect_next_edges(inputs));
  for (at::Tensor& output : outputs)
    if (output.is_floating_point()) torch::autograd::set_history(output, node);
  return outputs;
}

void from_text(std::string_view text, Segments& segments) {
  segments.count = 0;
  if (text == "auto") return;
  athanor::from_text(text, segments.count);
  if (segments.count < 1) fail(ErrorKind::usage, "expected a number of at least 1, or auto, got '{}'", text);
}
std::string to_text(const Segments& segments) { return segments.count == 0 ? "auto" : std::to_string(segments.count); }

}  // namespace athanor::nn
