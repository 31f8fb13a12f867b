// What a tool says of itself, put in order once for all forms in which it is said.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/tool.h"

namespace athanor::cli {

/// What a shell can offer for a value.
enum class Offer { nothing, files, folders, choices };

/// An option or argument.
struct Entry {
  Field field;
  std::vector<std::string> names;  ///< {"-n", "--count"}, or {"INPUT"} of an argument
  std::string value;               ///< metavar; empty for a switch and an argument
  std::string limits;              ///< "at least 1; default 16"
  Offer offer = Offer::nothing;
  bool takes_value() const { return field.kind != FieldKind::flag; }
};

struct Section {
  std::string heading;
  std::vector<Entry> entries;
};

struct ExitCode {
  std::string code, meaning;
};

struct Page {
  Spec spec;
  std::string usage;             ///< what follows the name: "[OPTIONS] -o FILE [INPUT...]"
  std::vector<Entry> arguments;  ///< in their order
  std::vector<Section> options;  ///< the tool's own first, under "Options"
  std::vector<ExitCode> exit_codes;
  std::string streams;  ///< what the tool does with files and streams, as every tool does
};

/// Hidden fields are left out.
Page page_of(const Spec& spec, const std::vector<Field>& fields);

/// All options, one after the other.
std::vector<Entry> all_options(const Page& page);

/// A piece of a text: words, or something to be typed or found in a file as it stands.
struct Run {
  std::string text;
  bool literal = false;
};
/// Takes `text in backquotes` and options such as --count for literal.
std::vector<Run> runs_of(std::string_view text);

/// Lines that belong together: to be filled, or (those that begin with a space) to be kept as they are.
struct Paragraph {
  std::string text;
  bool kept = false;
};
std::vector<Paragraph> paragraphs_of(const std::string& text);

/// "image-grid" as part of a shell function's name: "_athanor_image_grid".
std::string function_name(const Page& page);

/// "abc" in single quotes, as one word of bash and zsh.
std::string shell_quoted(std::string_view text);

}  // namespace athanor::cli
