#include "train/state.h"

#include <ATen/ATen.h>

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "io/tensor_reader.h"
#include "io/tensor_writer.h"
#include "tensor/bridge.h"

namespace athanor::train {
namespace {

constexpr const char* kKey = "athanor.training";

/// The tensors of a state by name, in one place for writing and reading.
std::array<std::pair<const char*, at::Tensor*>, 4> members(State& s) {
  return {{{"adamw.m", &s.m}, {"adamw.v", &s.v}, {"average", &s.average}, {"weights", &s.weights}}};
}

/// What the header says; the tensors are left empty.
State read_record(const io::TensorReader& reader) {
  const auto text = reader.layout().metadata.find(kKey);
  require(text != reader.layout().metadata.end(), "{}: not a training state", reader.name());
  try {
    const auto record = nlohmann::json::parse(text->second);
    require(record.at("version") == 1, "{}: version {} of the training state is unknown", reader.name(),
            record.at("version").dump());
    State state;
    record.at("step").get_to(state.step);
    record.at("identity").get_to(state.identity);
    record.at("history").get_to(state.history);
    return state;
  } catch (const nlohmann::json::exception&) {
    fail(ErrorKind::data, "{}: not a training state", reader.name());
  }
}

}  // namespace

std::string state_path(const std::string& model) { return model + ".state.safetensors"; }

void save_state(const State& state, const std::string& path) {
  State copy = state;  // tensors are shared, not copied
  std::vector<io::TensorInfo> infos;
  for (const auto& [name, tensor] : members(copy))
    infos.push_back({.name = name, .dtype = DType::f32, .shape = {tensor->numel()}});
  const nlohmann::json record{
      {"version", 1}, {"step", state.step}, {"identity", state.identity}, {"history", state.history}};
  io::TensorWriter writer(io::Sink{path}, io::Existing::replace, "safetensors", infos, {{kKey, record.dump()}});
  for (const auto& [name, tensor] : members(copy)) writer.write(name, tensor::bytes_of(*tensor));
  writer.finish();
}

State load_state(const std::string& path, int64_t parameters) {
  io::TensorReader reader = io::TensorReader::open(io::Source{path});
  State state = read_record(reader);
  for (const auto& [name, tensor] : members(state)) {
    const int64_t at = reader.layout().find(name);
    require(at >= 0, "{}: the tensor '{}' is missing", path, name);
    const io::TensorInfo& info = reader.layout().tensors[size_t(at)];
    check_shape(info.shape, {parameters}, fmt::format("{}: {}", path, name));
    *tensor = tensor::read_float32(reader, info);
  }
  return state;
}

io::History recorded_history(const std::string& model) {
  return read_record(io::TensorReader::open(io::Source{state_path(model)})).history;
}

void check_identity(const std::string& recorded, const std::string& given) {
  const auto before = nlohmann::json::parse(recorded), now = nlohmann::json::parse(given);
  for (const auto& [key, value] : now.items())
    require(before.contains(key) && before.at(key) == value,
            "the training to be resumed has {} {}, not {}; give the same options to go on with it", key,
            before.contains(key) ? before.at(key).dump() : "unset", value.dump());
}

}  // namespace athanor::train
