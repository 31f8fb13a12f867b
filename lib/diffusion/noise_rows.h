// Unit normals for the start of each image, taken from a tensor instead of the seed.
#pragma once

#include "diffusion/denoiser.h"
#include "io/tensor_reader.h"

namespace athanor::diffusion {

class NoiseRows {
 public:
  /// The tensor called "noise", or the file's only one: floats [at least `rows`, shape…].
  /// Throws Error{io, data} when it has another shape, fewer rows or another type.
  NoiseRows(io::TensorReader file, const Shape& shape, int64_t rows);
  /// Copies row i; on a stream rows come in order. Throws Error{data} when a value is NaN or infinite.
  void read(int64_t i, std::span<double> row);

 private:
  io::TensorReader file_;
  io::TensorInfo tensor_;
  std::vector<std::byte> bytes_;
  std::vector<float> floats_;
};

}  // namespace athanor::diffusion
