// A model as tools name it: built in, or a file.
#pragma once

#include "diffusion/checkpoint.h"
#include "io/tensor_reader.h"

namespace athanor::diffusion {

/// A checkpoint whose header has been read.
struct Model {
  io::TensorReader file;
  ModelConfig config;
  io::History history;     ///< the lines that it carries
  io::InputRecord record;  ///< what to record of it
};

/// Opens an embedded model by its name ("digits"; models/embedded.h) or a file by its path; a file that bears an
/// embedded model's name is reached as ./digits. Throws Error{io, data} that names the model.
Model open_model(const io::Source& model);

}  // namespace athanor::diffusion
