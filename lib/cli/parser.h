// From declared fields to a parsed command line.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/fields.h"

namespace athanor::cli {

/// The options that every tool has.
struct CommonOptions {
  bool help = false, version = false, quiet = false, verbose = false;
  bool force = false, no_history = false, hash_inputs = false;
  bool writes = false;   ///< the tool has an output: it gets the last three options too
  std::string describe;  ///< the form in which the tool is to describe itself, see describe.h
  /// Whether the tool only says what it is.
  bool answers() const { return help || version || !describe.empty(); }
  void fields(Fields& v);
};

/// Sets the variable of every field that the words (the program's name not among them) give. When --help, --version or
/// --describe is given, nothing else is looked at. Throws Error{usage}: "--count: must be at least 1, got '0'",
/// "unknown option '--cuont' (did you mean '--count'?)", "--out is required: the file to write".
///
/// Returns the words that the history of an output records, options in the order given, each under its first
/// name and with its value as a word of its own, then positional arguments. Words that say where and how loudly the
/// output is written (outputs, --force, -q, -v) are left out, and inputs stand without their folders, so that the same
/// work gives the same bytes wherever it is done.
std::vector<std::string> parse(const std::vector<Field>& fields, const CommonOptions& common,
                               std::span<const std::string> words);

/// The known name that differs least from `name`, or "" when none is near: at most two letters are inserted, deleted
/// or replaced.
std::string closest(std::string_view name, std::span<const std::string> known);

}  // namespace athanor::cli
