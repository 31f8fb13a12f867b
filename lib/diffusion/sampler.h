// Draws images: noise at σ_max, carried to 0 by a solver, batch by batch.
//
//   x_i(σ_max) = σ_max·n_i,   n_i from the stream (seed, i, initial noise);  churn from (seed, i, churn, step)
//
// Source: Karras et al., "Elucidating the design space of diffusion-based generative models" (2022), algorithm 2,
//         line 1.
// Accuracy: image i depends on (seed, i), its label, the grid and the solver alone. For a denoiser whose rows do not
//           depend on each other it is the same to the last bit for every batch size and any first image.
#pragma once

#include <span>
#include <vector>

#include "core/work.h"
#include "diffusion/denoiser.h"
#include "diffusion/grid.h"
#include "diffusion/solver.h"

namespace athanor::diffusion {

/// Which images.
struct SampleRequest {
  int64_t elements = 0;          ///< of one image
  int64_t first = 0, count = 0;  ///< images first … first + count − 1
  int64_t batch = 64;            ///< images that go through the denoiser together
  uint64_t seed = 0;
  std::vector<int64_t> labels;  ///< [count], or empty
  /// Writes image i's unit normals; empty: drawn from the seed. Called in order, once an image.
  std::function<void(int64_t i, std::span<double> normals)> noise;
};

/// Takes finished images: float32 rows [n, elements], in order.
using RowSink = std::function<void(std::span<const float> rows)>;
/// Sees the state of a batch at grid[step], step 0 being the noise; `row` counts from the request's first image.
using StepObserver = std::function<void(int64_t row, int64_t step, const State& x)>;

/// Draws the images of the request. `sink`, `observe` and `progress` (of images) may be empty.
/// Throws Error{data} when the denoiser does, or when labels and count differ.
void draw(const SampleRequest& request, const SolverOptions& solver, const Grid& grid, const LabelledDenoise& denoise,
          const RowSink& sink, const StepObserver& observe = {}, const Progress& progress = {});

/// Image i's class when `choice` (all `classes` in order, if empty) is dealt out in turn; for images first … first +
/// count − 1. Empty for a model without classes. Throws Error{data} when a label is not below `classes`.
std::vector<int64_t> deal_labels(const std::vector<int64_t>& choice, int64_t classes, int64_t first, int64_t count);

}  // namespace athanor::diffusion
