#include "io/history.h"

#include <nlohmann/json.hpp>

#include "core/text.h"
#include "core/version.h"

namespace athanor::io {

History read_history(const Metadata& metadata) {
  const auto it = metadata.find(std::string(kHistoryKey));
  if (it == metadata.end()) return {};
  History lines = split(it->second, '\n');
  std::erase(lines, "");
  for (size_t i = 0; i < lines.size(); ++i) {
    const bool object = nlohmann::json::accept(lines[i]) && lines[i].find_first_not_of(" \t\r") == lines[i].find('{');
    require(object, "{}: line {} is not a JSON object", kHistoryKey, i + 1);
  }
  return lines;
}

void write_history(const History& history, Metadata& metadata) {
  if (history.empty()) {
    metadata.erase(std::string(kHistoryKey));
  } else {
    metadata[std::string(kHistoryKey)] = fmt::format("{}", fmt::join(history, "\n"));
  }
}

InputRecord record_of(const Source& source, const Layout& layout) {
  return {.name = source.file_name(),
          .bytes = layout.header_bytes + layout.payload_bytes(),
          .header_sha256 = layout.header_sha256};
}

std::string history_line(std::string_view program, const std::vector<std::string>& arguments,
                         const std::vector<InputRecord>& inputs) {
  nlohmann::ordered_json line;
  line["program"] = program;
  line["version"] = version();
  line["arguments"] = arguments;
  line["inputs"] = nlohmann::ordered_json::array();
  for (const InputRecord& input : inputs) {
    nlohmann::ordered_json& record = line["inputs"].emplace_back();
    record["name"] = input.name;
    if (input.bytes > 0) record["bytes"] = input.bytes;
    if (!input.header_sha256.empty()) record["header_sha256"] = input.header_sha256;
  }
  // File names need not be UTF-8; JSON must be.
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace athanor::io
