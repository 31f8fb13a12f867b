// The states of one batch at every noise level, as a safetensors file.
//
// It holds `sigmas` float64 [steps + 1] and `trajectory` float32 [steps + 1, images, shape…], from noise to image. The
// levels are the slow axis and are written as the solver reaches them, so no more than one state is in memory; this is
// why all images must go through the solver together.
#pragma once

#include "diffusion/denoiser.h"
#include "diffusion/grid.h"
#include "io/history.h"
#include "io/tensor_writer.h"

namespace athanor::diffusion {

class TrajectoryWriter {
 public:
  /// count images of the shape. Throws Error{io, usage} as io::Output::open.
  TrajectoryWriter(const io::Sink& sink, io::Existing existing, const Grid& grid, int64_t count, const Shape& shape,
                   const io::History& history);
  /// The state [count, elements] at the next level.
  void write(const State& x);
  /// Throws Error{data} unless every level was written.
  void finish() { writer_.finish(); }

 private:
  io::TensorWriter writer_;
};

}  // namespace athanor::diffusion
