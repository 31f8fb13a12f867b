// A training between two steps.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "io/history.h"

namespace athanor::train {

/// Everything that the next step depends on besides the options; random numbers are drawn by counter, so `step` is
/// their state too.
struct State {
  int64_t step = 0;      ///< steps done
  at::Tensor weights;    ///< [P] float32
  at::Tensor m, v;       ///< AdamW's moments [P]
  at::Tensor average;    ///< [P]
  io::History history;   ///< that the model carries
  std::string identity;  ///< JSON of the options that a resumed run must share
};

/// FILE.state.safetensors beside the model FILE.
std::string state_path(const std::string& model);
/// Writes FILE.state.safetensors, whole or not at all.
void save_state(const State& state, const std::string& path);
/// Throws Error{io, data}: missing, damaged, of another number of parameters.
State load_state(const std::string& path, int64_t parameters);
/// The history in FILE.state.safetensors beside a model. Throws as load_state.
io::History recorded_history(const std::string& model);
/// Throws Error{data} naming the first option in which a resumed run differs from the run that made the state.
void check_identity(const std::string& recorded, const std::string& given);

}  // namespace athanor::train
