// What a training shows of itself at a checkpoint: the model file, and a sheet that it draws.
#pragma once

#include <string>

#include "core/work.h"
#include "data/dataset.h"
#include "diffusion/checkpoint.h"
#include "io/history.h"
#include "nn/network.h"

namespace athanor::objective {

/// Writes a model: the weights `average` [P] as `dtype` (F32, F16 or BF16), config and history, whole or not at all.
/// Throws Error{io}, Error{data} when a weight is not finite in `dtype`.
void write_model(const std::string& path, const diffusion::ModelConfig& config, const nn::Network& network,
                 const at::Tensor& average, DType dtype, const io::History& history);

/// What a training leaves of its model at each checkpoint.
struct Snapshot {
  std::string path;  ///< of the model; FILE.png is the sheet
  diffusion::ModelConfig config;
  DType dtype = DType::f32;               ///< of the weights in the file
  std::vector<double> half_lives;         ///< of the averages; all but the first go to FILE.ema-IMAGES.safetensors
  int64_t preview = 0;                    ///< images on the sheet; 0: none
  const data::Dataset* source = nullptr;  ///< what a transfer starts from
  io::History history = {};

  /// Throws as write_model(); a sheet that cannot be drawn is a remark.
  void write(const nn::Network& network, std::span<const at::Tensor> averages, const Remark& remark) const;
};

/// Draws `count` images (or vectors) with heun on the default grid and seed 0, classes in turn, into `path`: a sheet
/// for images, a scatter plot for vectors of two components, nothing for other vectors and for latents. A transfer
/// starts from the first rows of its `source`.
void draw_preview(const std::string& path, const diffusion::ModelConfig& config, const nn::Network& network,
                  const data::Dataset* source, int64_t count, const Remark& remark);

}  // namespace athanor::objective
