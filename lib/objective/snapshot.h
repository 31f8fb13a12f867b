// What a training shows of itself at a checkpoint: the model file, and a sheet that it draws.
#pragma once

#include <string>

#include "core/work.h"
#include "diffusion/checkpoint.h"
#include "io/history.h"
#include "nn/network.h"

namespace athanor::objective {

/// Writes a model: the weights `average` [P] as `dtype` (F32, F16 or BF16), config and history, whole or not at all.
/// Throws Error{io}, Error{data} when a weight is not finite in `dtype`.
void write_model(const std::string& path, const diffusion::ModelConfig& config, const nn::Network& network,
                 const at::Tensor& average, DType dtype, const io::History& history);

/// Draws `count` images (or vectors) with heun on the default grid and seed 0, classes in turn, into `path`: a sheet
/// for images, a scatter plot for vectors of two components, nothing for other vectors.
void draw_preview(const std::string& path, const diffusion::ModelConfig& config, const nn::Network& network,
                  int64_t count, const Remark& remark);

}  // namespace athanor::objective
