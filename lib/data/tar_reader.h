// A tar archive's entries in their order, by libarchive. Nothing is ever written to disk under an entry's name.
//
// Source: IEEE Std 1003.1, pax, "ustar and pax interchange formats"; libarchive's tar(5).
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/input.h"

struct archive;
struct archive_entry;

namespace athanor::data {

/// Whether bytes (the first 512) begin a tar archive (ustar, pax, GNU) or data packed by Zstandard or xz.
bool looks_like_tar(std::span<const std::byte> bytes);

/// Reads an archive, or several in a row, plain or packed by Zstandard or xz, from memory or from a stream. All
/// functions throw Error{io, data} without the archive's name: damaged, cut short, no archive.
class TarReader {
 public:
  /// The input must outlive the reader and lend itself to it.
  explicit TarReader(io::Input& input);
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;

  /// Goes to the next entry; false at the end. Throws when an archive ends without its end mark.
  bool next();
  /// Path as the archive has it.
  const std::string& name() const { return name_; }
  bool is_folder() const;
  /// A plain file: no link, device or pipe.
  bool is_file() const;
  uint64_t size() const;
  /// The first 16 bytes or more of a file (fewer when it is shorter), valid until next().
  std::span<const std::byte> head();
  /// All bytes of a file, valid until next(); of an input in memory that is not packed, its own bytes, valid as long
  /// as it is. Throws when they are more than 1 GiB.
  std::span<const std::byte> content();

 private:
  struct Free {
    void operator()(archive* reader) const;
  };
  static std::ptrdiff_t on_read(archive*, void* self, const void** bytes);
  /// Appends libarchive's next piece to the entry's bytes; false at its end.
  bool read_piece();
  [[noreturn]] void give_up() const;
  io::Input& input_;
  std::vector<std::byte> part_;  ///< of a stream
  std::exception_ptr thrown_;    ///< by the input, under libarchive
  std::unique_ptr<archive, Free> archive_;
  archive_entry* entry_ = nullptr;
  std::string name_;
  std::vector<std::byte> copy_;         ///< of the entry's bytes so far
  std::span<const std::byte> content_;  ///< of the entry so far: libarchive's first piece or the copy
  bool whole_ = false;
};

}  // namespace athanor::data
