// The graph's operations on LibTorch's tensors, differentiable; those that take the time by the engine's kernels.
#pragma once

#include <ATen/core/Tensor.h>

#include "arch/graph.h"

namespace athanor::nn {

/// What a forward pass is given. Images lie in memory channels last, [N,C,H,W] by strides.
struct Inputs {
  at::Tensor x;          ///< [N, shape…]
  at::Tensor noise;      ///< [N]
  at::Tensor labels;     ///< [N] int64, −1 for none; undefined for a network without classes
  at::Tensor told = {};  ///< [N, augmentation numbers]; undefined for images as they are
};

/// The node's output from its inputs' outputs and its parameters.
at::Tensor apply(const arch::Node& node, const Inputs& inputs, const std::vector<at::Tensor>& arguments,
                 const std::vector<at::Tensor>& parameters);

}  // namespace athanor::nn
