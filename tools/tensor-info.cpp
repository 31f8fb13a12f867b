// tensor-info: say what is in tensor files.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "cli/tool.h"
#include "io/history.h"
#include "io/tensor_reader.h"

namespace athanor {
namespace {

using nlohmann::ordered_json;

struct Args {
  std::vector<io::Source> files{{"-"}};
  bool json = false;
  void fields(Fields& v) {
    v.args("FILE", files, "safetensors, .npy or IDX files, plain or gzipped; '-' is standard input");
    v.opt("--json", json, "print one JSON object a file, each on a line of its own");
  }
};

const cli::Spec spec{.name = "tensor-info",
                     .synopsis = "say what is in tensor files",
                     .description =
                         "Prints the names, element types and shapes of the tensors in the order of their bytes, their "
                         "sum, the metadata, the configuration from which the network can be rebuilt, and the history "
                         "of commands that led to the file. Only headers are read, so a file of many gigabytes takes "
                         "no longer than a small one, and on a pipe the first bytes are enough.",
                     .examples = {{"tensor-info model.safetensors", "what a checkpoint holds"},
                                  {"sample -n 4 | tensor-info --json", "the same for a script, of data on a pipe"}},
                     .references = {"The safetensors format, https://github.com/huggingface/safetensors"},
                     .see_also = {"image-grid", "sample"}};

uint64_t parameters_of(const io::Layout& layout) {
  uint64_t sum = 0;
  for (const io::TensorInfo& t : layout.tensors) sum += uint64_t(t.elements());
  return sum;
}

/// The configuration that a checkpoint carries; null for none.
ordered_json config_of(const io::Layout& layout) {
  const auto it = layout.metadata.find(std::string(io::kConfigKey));
  if (it == layout.metadata.end()) return nullptr;
  ordered_json config = ordered_json::parse(it->second, nullptr, false);
  require(!config.is_discarded(), "{} is not valid JSON", io::kConfigKey);
  return config;
}

/// Metadata that are neither the configuration nor the history.
io::Metadata other_metadata(io::Metadata metadata) {
  metadata.erase(std::string(io::kConfigKey));
  metadata.erase(std::string(io::kHistoryKey));
  return metadata;
}

std::string as_json(const std::string& name, const io::Layout& layout) {
  ordered_json file{{"file", name}, {"format", layout.format}, {"tensors", ordered_json::array()}};
  for (const io::TensorInfo& t : layout.tensors)
    file["tensors"].push_back({{"name", t.name},
                               {"dtype", name_of(t.dtype)},
                               {"shape", t.shape},
                               {"offset", t.offset},
                               {"bytes", t.bytes()}});
  file["parameters"] = parameters_of(layout);
  file["bytes"] = layout.payload_bytes();
  file["header_bytes"] = layout.header_bytes;
  file["header_sha256"] = layout.header_sha256;
  file["metadata"] = other_metadata(layout.metadata);
  file["config"] = config_of(layout);
  file["history"] = ordered_json::array();
  for (const std::string& line : io::read_history(layout.metadata))
    file["history"].push_back(ordered_json::parse(line));
  return file.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

/// Columns as wide as their widest cell; the last one is of numbers, to the right.
std::string table(const std::vector<io::TensorInfo>& tensors) {
  std::vector<std::array<std::string, 4>> rows{{"name", "dtype", "shape", "bytes"}};
  for (const io::TensorInfo& t : tensors)
    rows.push_back({io::printable(t.name), std::string(name_of(t.dtype)), shape_text(t.shape), to_text(t.bytes())});
  std::array<size_t, 4> widths{};
  for (const auto& row : rows)
    for (size_t c = 0; c < 4; ++c) widths[c] = std::max(widths[c], fmt::formatted_size("{}", row[c]));
  std::string text;
  for (const auto& row : rows)
    text += fmt::format("{:<{}}  {:<{}}  {:<{}}  {:>{}}\n", row[0], widths[0], row[1], widths[1], row[2], widths[2],
                        row[3], widths[3]);
  return text;
}

/// "1131201 parameters (1.13 M)"; small numbers are not said twice.
std::string amount(uint64_t count, std::string_view what, std::string_view unit) {
  const std::string text = fmt::format("{} {}", count, what);
  return count < 1000 ? text : fmt::format("{} ({})", text, human(double(count), unit));
}

std::string as_text(const io::Layout& layout) {
  std::string text = table(layout.tensors);
  text += fmt::format("{} tensors, {}, {}\n", layout.tensors.size(), amount(parameters_of(layout), "parameters", ""),
                      amount(layout.payload_bytes(), "bytes", "B"));
  for (const auto& [key, value] : other_metadata(layout.metadata))
    text += fmt::format("{}: {}\n", io::printable(key), io::printable(value, 200));
  if (const ordered_json config = config_of(layout); !config.is_null())
    text += fmt::format("config: {}\n", config.dump(2, ' ', false, ordered_json::error_handler_t::replace));
  for (const std::string& line : io::read_history(layout.metadata)) text += "history: " + io::printable(line) + "\n";
  return text;
}

std::string describe(const io::TensorReader& reader, bool json, bool with_name) {
  try {
    if (json) return as_json(reader.name(), reader.layout());
    return (with_name ? io::printable(reader.name()) + ":\n" : "") + as_text(reader.layout());
  } catch (const Error& error) {
    throw error.in(reader.name());
  }
}

void run(const Args& args, cli::Context& context) {
  for (const io::Source& file : args.files) {
    if (!args.json && &file != &args.files.front()) context.print("\n");
    context.print(describe(io::TensorReader::open(file), args.json, args.files.size() > 1));
  }
}

}  // namespace
}  // namespace athanor

int main(int argc, char** argv) {
  return athanor::cli::run_tool<athanor::Args>(argc, argv, athanor::spec, athanor::run);
}
