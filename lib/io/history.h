// Where an output came from: one line a tool, carried from input to output.
#pragma once

#include <string>
#include <vector>

#include "io/layout.h"
#include "io/source.h"

namespace athanor::io {

/// The lines that led to an output, oldest first. Each is a JSON object:
/// {"program":"sample","version":"0.1.0","arguments":["-n","4"],"inputs":[{"name":"m.safetensors","bytes":5,"header_sha256":"…"}]}
using History = std::vector<std::string>;

constexpr std::string_view kHistoryKey = "athanor.history";
constexpr std::string_view kConfigKey = "athanor.config";

/// The lines that an input carries; none if it has no history. Throws Error{data} when it cannot be parsed.
History read_history(const Metadata& metadata);
/// Puts the lines into metadata; no lines, no key.
void write_history(const History& history, Metadata& metadata);

/// An input as a line records it.
struct InputRecord {
  std::string name;           ///< file name without its folders, or "-"
  uint64_t bytes = 0;         ///< header and payload; 0 when unknown
  std::string header_sha256;  ///< of its header's bytes; with --hash-inputs of the whole file
};
/// Of a tensor file.
InputRecord record_of(const Source& source, const Layout& layout);
std::string history_line(std::string_view program, const std::vector<std::string>& arguments,
                         const std::vector<InputRecord>& inputs);

}  // namespace athanor::io
