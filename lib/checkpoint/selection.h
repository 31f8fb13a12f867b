// Which tensors of a file are meant, and under which names: options that all tools for checkpoints share.
#pragma once

#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "core/fields.h"

namespace athanor::checkpoint {

/// A regular expression (ECMAScript) that is looked for anywhere in a name; ^ and $ tie it to the ends.
struct Pattern {
  std::string text;
  std::regex regex;
  /// Throws Error{data} for a name of more than 1000 bytes.
  bool matches(const std::string& name) const;
};
void from_text(std::string_view text, Pattern& pattern);
std::string to_text(const Pattern& pattern);
inline std::string metavar(const Pattern&) { return "REGEX"; }

/// REGEX=TEXT: every match becomes the text, in which \1 is the first group.
struct Rename {
  Pattern pattern;
  std::string replacement;
};
void from_text(std::string_view text, Rename& rename);
std::string to_text(const Rename& rename);
inline std::string metavar(const Rename&) { return "REGEX=TEXT"; }

struct Selection {
  std::vector<Pattern> include, exclude;
  std::vector<Rename> rename;
  void fields(Fields& v);
  /// The name under which a tensor goes on, or nothing when it is left out. Throws Error{data} for a name that becomes
  /// empty.
  std::optional<std::string> operator()(const std::string& name) const;
};

}  // namespace athanor::checkpoint
