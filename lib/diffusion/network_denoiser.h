// A trained network as a denoiser.
//
//   D(x; σ) = c_skip·x + c_out·F(c_in·x, c_noise)        (diffusion/preconditioning.h)
//
// Source: Karras et al., "Elucidating the design space of diffusion-based generative models" (2022), equation 7.
// Accuracy: x, D and the coefficients in float64, F in the executor's type.
#pragma once

#include <memory>

#include "arch/executor.h"
#include "diffusion/checkpoint.h"
#include "diffusion/denoiser.h"

namespace athanor::diffusion {

class NetworkDenoiser {
 public:
  NetworkDenoiser(std::unique_ptr<arch::Executor> network, const ModelConfig& config);
  /// x: [n, elements of the model's shape]; σ > 0; labels: [n] classes or −1 (for a model without classes they are not
  /// looked at). Throws Error{data} with σ and the row when the network gives NaN or infinity.
  State denoise(const State& x, double sigma, std::span<const int64_t> labels);
  /// Images that the network has been applied to so far, each as often as it was.
  int64_t evaluations() const { return evaluations_; }

 private:
  std::unique_ptr<arch::Executor> network_;
  Parameterisation parameterisation_;
  int64_t elements_, classes_, evaluations_ = 0;
  std::vector<float> in_, noise_, out_;
};

}  // namespace athanor::diffusion
