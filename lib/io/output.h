// Bytes to a file that appears whole or not at all, or to standard output.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "io/source.h"

namespace athanor::io {

/// What may happen to an output that exists.
enum class Existing { refuse, replace };

/// An output under construction. A file is written under a temporary name beside its own, synced, and renamed in
/// finish(); without finish() nothing is left, and an existing file keeps its content. Movable, not copyable.
class Output {
 public:
  /// Throws Error{io}: the file exists (Existing::refuse), its folder is missing or cannot be written;
  /// Error{usage}: standard output is a terminal.
  static Output open(const Sink& sink, Existing existing);
  Output(Output&&) noexcept;
  Output& operator=(Output&&) noexcept;
  ~Output();

  const std::string& name() const;
  /// Writes all bytes. Throws Error{io} (full disk …), BrokenPipe when the reader of standard output has gone.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  /// Makes the file durable and visible. Throws Error{io}; under Existing::refuse also when another program made the
  /// file in the meantime.
  void finish();

 private:
  friend class OutputFolder;
  Output() = default;
  void discard() noexcept;
  std::string name_;
  std::filesystem::path target_, temporary_;
  Existing existing_ = Existing::refuse;
  int fd_ = -1;
};

/// A folder of files under construction: it is filled under a temporary name beside its own, and put in its place by
/// one rename in finish(), so that readers see the old files or the new ones. Movable, not copyable.
class OutputFolder {
 public:
  /// Throws Error{io}: the folder exists and is not empty (Existing::refuse), it holds other files than `replaceable`
  /// names (Existing::replace), or lies where two folders cannot swap their names (NFS; renameat2 with
  /// RENAME_EXCHANGE); the folder above it is missing or cannot be written.
  static OutputFolder open(const Sink& sink, Existing existing, bool (*replaceable)(std::string_view name));
  OutputFolder(OutputFolder&&) noexcept;
  OutputFolder& operator=(OutputFolder&&) = delete;
  ~OutputFolder();
  /// A file in it.
  Output file(std::string_view name) const;
  /// Makes the folder durable and visible. Throws Error{io}.
  void finish();

 private:
  OutputFolder() = default;
  std::string name_;
  std::filesystem::path target_, temporary_;
  Existing existing_ = Existing::refuse;
};

/// Refuses, before any work, what Output::open would refuse. Throws as it does.
void check_output(const Sink& sink, Existing existing);

/// Deletes the temporary files and folders of all unfinished outputs. Async-signal-safe: for a handler that is about to
/// die.
void discard_unfinished() noexcept;

/// A whole file at once.
void write_file(const std::filesystem::path& path, std::string_view content, Existing existing = Existing::replace);

}  // namespace athanor::io
