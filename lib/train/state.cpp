#include "train/state.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "io/tensor_reader.h"
#include "io/tensor_writer.h"
#include "tensor/bridge.h"

namespace athanor::train {
namespace {

constexpr const char* kKey = "athanor.training";
constexpr int64_t kVersion = 2;

/// Options of trainers that a resumed run may change: they decide where things are and when they happen, and no number.
/// Data are known by what description_of() tells of them, wherever they lie.
constexpr std::array<std::string_view, 14> kFree{"data",
                                                 "--source",
                                                 "--output",
                                                 "--resume",
                                                 "--log-every",
                                                 "--labels",
                                                 "--threads",
                                                 "--checkpoint-every",
                                                 "--max-time",
                                                 "--preview",
                                                 "--store",
                                                 "--cache",
                                                 "--checkpoint-segments",
                                                 "--trace"};

/// Of a set and of all inputs that it comes from: their names, sizes and headers (of folders and tars: their files'
/// names; of one image: its pixels), by which other data are told apart, though not every other number in them.
std::string description_of(const data::Dataset& set) {
  std::vector<std::string> inputs;
  for (const io::InputRecord& record : set.records())
    inputs.push_back(fmt::format("{} ({} bytes, {})", record.name, record.bytes, record.header_sha256.substr(0, 8)));
  return fmt::format("{} rows of {} from {}", set.size(), shape_text(set.shape()), fmt::join(inputs, ", "));
}

State read_record(const io::TensorReader& reader) {
  const auto text = reader.layout().metadata.find(kKey);
  require(text != reader.layout().metadata.end(), "{}: not a training state", reader.name());
  try {
    const auto record = nlohmann::json::parse(text->second);
    require(record.at("version") == kVersion, "{}: version {} of the training state is unknown", reader.name(),
            record.at("version").dump());
    State state;
    record.at("step").get_to(state.step);
    record.at("identity").get_to(state.identity);
    record.at("history").get_to(state.history);
    require(state.step >= 0 && nlohmann::json::parse(state.identity).is_object(), "{}: not a training state",
            reader.name());
    return state;
  } catch (const nlohmann::json::exception&) {
    fail(ErrorKind::data, "{}: not a training state", reader.name());
  }
}

}  // namespace

std::string state_path(const std::string& model) { return model + ".state.safetensors"; }

void save_state(const State& state, const Members& members, const std::string& path) {
  std::vector<io::TensorInfo> infos;
  for (const auto& [name, tensor] : members)
    infos.push_back({.name = name, .dtype = DType::f32, .shape = {tensor->numel()}});
  const nlohmann::json record{
      {"version", kVersion}, {"step", state.step}, {"identity", state.identity}, {"history", state.history}};
  io::TensorWriter writer(io::Sink{path}, io::Existing::replace, "safetensors", infos, {{kKey, record.dump()}});
  std::map<std::string, std::span<const std::byte>> bytes;
  for (const auto& [name, tensor] : members) bytes.emplace(name, tensor::bytes_of(*tensor));
  writer.write_all(bytes);
}

State load_state(const std::string& path, const Members& members, const std::function<void(const State&)>& check) {
  io::TensorReader reader = io::TensorReader::open(io::Source{path});
  State state = read_record(reader);
  if (check) check(state);
  for (const auto& [name, tensor] : members) {
    const int64_t at = reader.layout().find(name);
    require(at >= 0, "{}: the tensor '{}' is missing", path, name);
    const io::TensorInfo& info = reader.layout().tensors[size_t(at)];
    check_shape(info.shape, {tensor->numel()}, fmt::format("{}: {}", path, name));
    tensor->copy_(tensor::read_float32(reader, info));
  }
  return state;
}

io::History recorded_history(const std::string& model) {
  return read_record(io::TensorReader::open(io::Source{state_path(model)})).history;
}

std::string identity_of(std::span<const Field> options, const data::Drawn& data) {
  nlohmann::json json{{"data", description_of(data.rows)}};
  if (data.source) json["--source"] = description_of(*data.source);
  for (const Field& option : options)
    if (std::ranges::find(kFree, option.label()) == kFree.end())
      json[option.label()] = fmt::format("{}", fmt::join(option.get(), " "));
  // File names need not be UTF-8; JSON must be.
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void check_identity(const std::string& recorded, const std::string& given) {
  const auto before = nlohmann::json::parse(recorded), now = nlohmann::json::parse(given);
  for (const auto& [key, value] : now.items())
    require(before.contains(key) && before.at(key) == value,
            "the training to be resumed has {} {}, not {}; give the same options to go on with it", key,
            before.contains(key) ? before.at(key).dump() : "unset", value.dump());
}

}  // namespace athanor::train
