// Convolutions and linear layers, with what is added to them.
#pragma once

#include "engine/program.h"

namespace athanor::engine {

/// A parameter [out, in, kernel, kernel] or [out, in], in C order.
struct Weight {
  const std::vector<float>* values = nullptr;
  int64_t out = 0, in = 0, kernel = 1;
};

/// A weight as Product takes it, a segment for each row of the kernel's window.
std::vector<std::byte> pack(const Weight& weight, const Kernels& kernels);

/// A convolution that is a summand of a step: over the channels of several values one after another (so nothing is
/// concatenated), or over one that is magnified twice by nearest neighbours (so nothing is magnified: the four phases
/// of the output are 2×2 convolutions of the small image, 2.25 times fewer operations).
struct ConvolutionTerm {
  std::vector<int> inputs;
  Weight weight;
  int64_t stride = 1;
  bool magnified = false;
};

/// out = Σ_terms conv(inputs) + bias + added. `bias` [channels of out]; `added` is a value, or -1. Weights are laid out
/// for the kernels here, once.
std::unique_ptr<Step> convolution(const Program& program, const std::vector<ConvolutionTerm>& terms,
                                  const std::vector<float>& bias, int added, int out);

}  // namespace athanor::engine
