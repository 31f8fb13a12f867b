// Gradient checkpointing: what a function computes on its way is thrown away, and computed once more when the gradient
// comes back.
//
//   memory of n equal layers in k such parts: k + n/k activations, least at k = √n;  time: one forward pass more
//
// Source: Chen, Xu, Zhang, Guestrin, "Training deep nets with sublinear memory cost" (2016), section 4.
// Accuracy: values and gradients are those of the function itself, to the last bit: gradients of a value that is handed
//           on are summed in the same order, from the last use to the first.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace athanor::nn {

using Tensors = std::vector<at::Tensor>;

/// f(inputs), where f is deterministic and depends on nothing but its inputs and on leaves, whose gradients it adds to.
/// An input that others still need is to be among f's results, and to be used from there on. Without gradients wanted
/// it is f(inputs) and nothing else.
Tensors recomputed(const std::function<Tensors(const Tensors&)>& f, const Tensors& inputs);

/// In how many parts a network is computed twice: a number, or "auto" for the one that keeps least.
struct Segments {
  int64_t count = 1;  ///< 1: none is; 0: auto
};
/// Throws Error{usage}.
void from_text(std::string_view text, Segments& segments);
std::string to_text(const Segments& segments);

}  // namespace athanor::nn
