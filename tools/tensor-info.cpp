// tensor-info: say what is in tensor files.
#include <nlohmann/json.hpp>

#include "checkpoint/kind.h"
#include "checkpoint/survey.h"
#include "cli/table.h"
#include "cli/tool.h"
#include "io/history.h"

namespace athanor {
namespace {

using nlohmann::ordered_json;

struct Args {
  std::vector<io::Source> files{{"-"}};
  bool stats = false, json = false;
  void fields(Fields& v) {
    v.args("FILE", files,
           "safetensors, .npy, .npz, .pt or IDX files, plain or gzipped, indexes of shards or folders that hold one; "
           "'-' is standard input");
    v.opt("--stats", stats,
          "read all numbers too: their root mean square, least and largest, zeros, NaN and infinities");
    v.opt("--json", json, "print one JSON object a file, each on a line of its own");
  }
};

const cli::Spec spec{.name = "tensor-info",
                     .synopsis = "say what is in tensor files",
                     .description =
                         "Prints the names, element types and shapes of the tensors in the order of their bytes, their "
                         "sum, what kind of checkpoint they seem to be, the metadata, the configuration from which the "
                         "network can be rebuilt, and the history of commands that led to the file. Only headers are "
                         "read, so a file of many gigabytes takes no longer than a small one, and on a pipe the first "
                         "bytes are enough. With --stats all bytes are read, once, in a memory that does not grow with "
                         "them; the statistics are of the finite numbers.",
                     .examples = {{"tensor-info model.safetensors", "what a checkpoint holds"},
                                  {"tensor-info --stats model.safetensors", "whether its numbers look sound"},
                                  {"sample -n 4 | tensor-info --json", "the same for a script, of data on a pipe"}},
                     .references = {"The safetensors format, https://github.com/huggingface/safetensors"},
                     .see_also = {"tensor-convert", "tensor-diff", "image-grid", "sample"}};

/// What is known of a file.
struct Info {
  std::string name;
  io::Layout layout;
  std::vector<array::Statistics> statistics;  ///< of each tensor, under --stats
  uint64_t parameters = 0;
  ordered_json config = nullptr;
  io::Metadata metadata = {};  ///< neither configuration nor history
  io::History history = {};
};

Info info_of(io::TensorReader& reader, bool stats, const Progress& progress) {
  Info info{.name = reader.name(), .layout = reader.layout(), .statistics = {}};
  if (stats) info.statistics = checkpoint::survey(reader, progress);
  for (const io::TensorInfo& t : info.layout.tensors) info.parameters += uint64_t(t.elements());
  info.metadata = info.layout.metadata;
  info.history = in_context(info.name, [&] { return io::read_history(info.metadata); });
  info.metadata.erase(std::string(io::kHistoryKey));
  if (const auto config = info.metadata.extract(std::string(io::kConfigKey))) {
    info.config = ordered_json::parse(config.mapped(), nullptr, false);
    require(!info.config.is_discarded(), "{}: {} is not valid JSON", info.name, io::kConfigKey);
  }
  return info;
}

std::string as_json(const Info& info) {
  ordered_json file{{"file", info.name}, {"format", info.layout.format}, {"kind", checkpoint::kind_of(info.layout)}};
  if (!info.layout.files.empty()) file["shards"] = info.layout.files;
  file["tensors"] = ordered_json::array();
  for (size_t i = 0; i < info.layout.tensors.size(); ++i) {
    const io::TensorInfo& t = info.layout.tensors[i];
    ordered_json& entry = file["tensors"].emplace_back(ordered_json{
        {"name", t.name}, {"dtype", name_of(t.dtype)}, {"shape", t.shape}, {"offset", t.offset}, {"bytes", t.bytes()}});
    if (info.statistics.empty()) continue;
    const array::Statistics& s = info.statistics[i];
    entry.update({{"rms", s.rms()}, {"mean", s.mean()}, {"deviation", s.deviation()}, {"min", s.min}, {"max", s.max}});
    entry.update({{"zeros", s.zeros}, {"nans", s.nans}, {"infinities", s.infinities}});
  }
  file["parameters"] = info.parameters;
  file["bytes"] = info.layout.payload_bytes();
  file["header_bytes"] = info.layout.header_bytes;
  file["header_sha256"] = info.layout.header_sha256;
  file["metadata"] = info.metadata;
  file["config"] = info.config;
  file["history"] = ordered_json::array();
  for (const std::string& line : info.history) file["history"].push_back(ordered_json::parse(line));
  return file.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string table(const Info& info) {
  std::vector<std::vector<std::string>> rows{{"name", "dtype", "shape", ">bytes"}};
  if (!info.statistics.empty())
    rows.front().insert(rows.front().end(), {">rms", ">min", ">max", ">zeros", ">NaN", ">inf"});
  for (size_t i = 0; i < info.layout.tensors.size(); ++i) {
    const io::TensorInfo& t = info.layout.tensors[i];
    rows.push_back({io::printable(t.name), std::string(name_of(t.dtype)), shape_text(t.shape), to_text(t.bytes())});
    if (info.statistics.empty()) continue;
    const array::Statistics& s = info.statistics[i];
    for (const double value : {s.rms(), s.min, s.max}) rows.back().push_back(fmt::format("{:.5g}", value));
    for (const uint64_t count : {s.zeros, s.nans, s.infinities}) rows.back().push_back(to_text(count));
  }
  return cli::table(rows);
}

/// "1131201 parameters (1.13 M)"; small numbers are not said twice.
std::string amount(uint64_t count, std::string_view what, std::string_view unit) {
  const std::string text = fmt::format("{} {}", count, what);
  return count < 1000 ? text : fmt::format("{} ({})", text, human(double(count), unit));
}

std::string as_text(const Info& info) {
  std::string text = table(info);
  text += fmt::format("{} tensors, {}, {}", info.layout.tensors.size(), amount(info.parameters, "parameters", ""),
                      amount(info.layout.payload_bytes(), "bytes", "B"));
  text += info.layout.files.empty() ? "\n" : fmt::format(" in {} files\n", info.layout.files.size());
  if (const std::string kind = checkpoint::kind_of(info.layout); !kind.empty()) text += "kind: " + kind + "\n";
  for (const auto& [key, value] : info.metadata)
    text += fmt::format("{}: {}\n", io::printable(key), io::printable(value, 200));
  if (!info.config.is_null())
    text += fmt::format("config: {}\n", info.config.dump(2, ' ', false, ordered_json::error_handler_t::replace));
  for (const std::string& line : info.history) text += "history: " + io::printable(line) + "\n";
  return text;
}

void run(const Args& args, cli::Context& context) {
  for (const io::Source& file : args.files) {
    io::TensorReader reader = io::TensorReader::open(file);
    const Progress progress = context.progress(int64_t(reader.layout().payload_bytes()), "bytes");
    const Info info = info_of(reader, args.stats, progress);
    if (!args.json && &file != &args.files.front()) context.print("\n");
    if (!args.json && args.files.size() > 1) context.print(io::printable(info.name) + ":\n");
    context.print(args.json ? as_json(info) : as_text(info));
  }
}

}  // namespace
}  // namespace athanor

int main(int argc, char** argv) {
  return athanor::cli::run_tool<athanor::Args>(argc, argv, athanor::spec, athanor::run);
}
