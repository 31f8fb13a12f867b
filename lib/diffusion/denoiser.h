// What solvers see: a denoiser and a state, in variance-exploding coordinates.
//
//   x = x0 + σ·n,   n ~ N(0, I)
//   D(x; σ)            the expectation of x0 given x
//   dx/dσ = (x − D)/σ  the probability-flow ODE, solved from σ_max down to 0
//
// Source: Karras et al., "Elucidating the design space of diffusion-based generative models" (2022), section 2.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <span>

namespace athanor::diffusion {

/// Images or vectors as solvers hold them: a row each, float64.
using State = Eigen::Array<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// D(x; sigma) for σ > 0. Array needs only + − and multiplication by a double, so a solver that is written for it works
/// on State and, where a gradient is wanted, on torch::Tensor.
template <class Array>
using Denoise = std::function<Array(const Array& x, double sigma)>;

/// The same with a class for each row, −1 for none; `labels` is empty for a model without classes.
using LabelledDenoise = std::function<State(const State& x, double sigma, std::span<const int64_t> labels)>;

/// A solver in the middle of a path. It remembers earlier steps of that path, so every path needs a new one.
template <class Array>
class Solver {
 public:
  virtual ~Solver() = default;
  /// The state at `next` from the state x at `sigma`, sigma > next ≥ 0. Steps come in the grid's order.
  virtual Array step(const Denoise<Array>& denoise, const Array& x, double sigma, double next) = 0;
};

}  // namespace athanor::diffusion
