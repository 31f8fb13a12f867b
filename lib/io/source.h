// Where data come from and go to: paths, and `-` for the standard streams.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/fields.h"

namespace athanor::io {

/// An input: a path, or "-" for standard input. Empty: not given.
struct Source {
  std::string path;
  bool standard() const { return path == "-"; }
  explicit operator bool() const { return !path.empty(); }
  /// How messages call it.
  std::string name() const { return standard() ? "standard input" : path; }
  /// Its name without folders, also when it ends in "/"; "-" for standard input.
  std::string file_name() const {
    const std::filesystem::path whole = std::filesystem::path(path).lexically_normal();
    return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
  }
};
/// An output: a path, or "-" for standard output. Empty: not given.
struct Sink {
  std::string path;
  bool standard() const { return path == "-"; }
  explicit operator bool() const { return !path.empty(); }
  std::string name() const { return standard() ? "standard output" : path; }
};
/// An output that is judged by the tool, which may be asked to go on with one that exists.
struct ResumableSink : Sink {};

inline void from_text(std::string_view text, Source& source) { source.path = text; }
inline void from_text(std::string_view text, Sink& sink) { sink.path = text; }
inline std::string to_text(const Source& source) { return source.path; }
inline std::string to_text(const Sink& sink) { return sink.path; }
inline FieldKind kind_of(const Source&) { return FieldKind::input; }
inline FieldKind kind_of(const Sink&) { return FieldKind::output; }
inline FieldKind kind_of(const ResumableSink&) { return FieldKind::resumable; }
inline std::string metavar(const Source&) { return "FILE"; }
inline std::string metavar(const Sink&) { return "FILE"; }

}  // namespace athanor::io
