// What a network in training sees: rows of data under noise of random strength.
//
//   x = x0 + σ·n, seen as c_in·x,   F* = (x0 − c_skip·x)/c_out    (preconditioning.h)
//
//   edm            ln σ ~ N(P_mean, P_std²)
//   epsilon, x0, v t uniform on a path (path.h), or its logit normal;  σ = σ(t)
//   flow           v on the straight path: the velocity n − x0
//   shift          every σ times the shift: images twice as high hide as much detail under twice the noise
//
// In a transfer n is a row of the source. Pairing by transport exchanges the n of a batch among its images so that
// Σ‖x0 − n‖² is least: paths cross less, and become straighter.
//
// Source: Karras et al., "Elucidating the design space of diffusion-based generative models" (2022), equations 2 and 7;
//         Ho et al., "Denoising diffusion probabilistic models" (2020); Lipman et al., "Flow matching for generative
//         modeling" (2023); Tong et al., "Improving and generalizing flow-based generative models with minibatch
//         optimal transport" (2024), algorithm 2; Hoogeboom et al., "simple diffusion" (2023), section 2.1; Esser et
//         al., "Scaling rectified flow transformers" (2024), equation 19 (logit normal).
#pragma once

#include "data/loader.h"
#include "diffusion/checkpoint.h"
#include "nn/network.h"

namespace athanor::objective {

struct NoisingOptions {
  std::string kind = "edm";         ///< edm, epsilon, x0, v or flow
  std::optional<std::string> path;  ///< straight for flow, vp-linear for epsilon, x0 and v when not given
  double sigma_data = 0.5;
  double p_mean = -1.2, p_std = 1.2;
  std::string time = "uniform";  ///< or logit-normal
  double noise_shift = 1;
  bool pair_by_transport = false;
  void fields(Fields& v);
  /// Throws Error{usage}: options of one kind given to another.
  void check() const;
  /// Writes into a model's config what it has to know of its training: parameterisation and noise levels.
  void describe(diffusion::ModelConfig& config) const;
};

/// A batch under noise.
struct Noised {
  nn::Inputs inputs;           ///< without labels
  at::Tensor target;           ///< F* [n, shape…]
  std::vector<double> sigmas;  ///< [n]
};

class Noising {
 public:
  /// `config` as describe() left it. Image number i since the start draws its σ and noise from streams (seed, i).
  Noising(const NoisingOptions& options, const diffusion::ModelConfig& config, uint64_t seed);
  Noised operator()(const data::Batch& batch) const;
  /// σ of image i.
  double sigma(uint64_t image) const;

 private:
  /// [n, dim]: the n of each image of the batch.
  std::vector<float> noise(const data::Batch& batch, int64_t dim) const;
  NoisingOptions options_;
  diffusion::ModelConfig config_;
  uint64_t seed_;
};

}  // namespace athanor::objective
