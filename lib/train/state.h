// A training between two steps.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/fields.h"
#include "data/loader.h"
#include "io/history.h"

namespace athanor::train {

/// Everything that the next step depends on besides the options and the tensors; random numbers are drawn by counter,
/// so `step` is their state too.
struct State {
  int64_t step = 0;      ///< steps done
  io::History history;   ///< that the model carries
  std::string identity;  ///< JSON object of the options that a resumed run must share
};
/// The tensors of a training by name, each [P] float32: weights, averages, what the optimizer remembers.
using Members = std::vector<std::pair<std::string, at::Tensor*>>;

/// FILE.state.safetensors beside the model FILE.
std::string state_path(const std::string& model);
/// Writes FILE.state.safetensors, whole or not at all.
void save_state(const State& state, const Members& members, const std::string& path);
/// Fills the members, after `check` has seen the record. Throws Error{io, data}: missing, damaged, of another number of
/// parameters.
State load_state(const std::string& path, const Members& members, const std::function<void(const State&)>& check = {});
/// The history in FILE.state.safetensors beside a model. Throws as load_state.
io::History recorded_history(const std::string& model);
/// JSON of all options that decide a number, and of what the data are.
std::string identity_of(std::span<const Field> options, const data::Drawn& data);
/// Throws Error{data} naming the first option in which a resumed run differs from the run that made the state.
void check_identity(const std::string& recorded, const std::string& given);

}  // namespace athanor::train
