// zip archives as NumPy and PyTorch use them: stored or deflated entries, found through the directory at the end.
//
// Source: PKWARE, ".ZIP File Format Specification" (APPNOTE.TXT 6.3), with the Zip64 extension.
// Differs: encrypted entries, several disks, other compressions, entries that overlap and repeated names are refused;
//          so is a directory that disagrees with an entry's own header on its name or compression.
#pragma once

#include <array>

#include "io/input.h"
#include "io/layout.h"
#include "io/output.h"

namespace athanor::io {

struct ZipEntry {
  std::string name;
  uint64_t header = 0;  ///< where its own header begins in the archive
  uint64_t offset = 0;  ///< where its data do
  uint64_t packed = 0;  ///< bytes there
  uint64_t size = 0;    ///< bytes unpacked
  uint32_t crc = 0;
  bool deflated = false;
};

struct ZipDirectory {
  std::vector<ZipEntry> entries = {};  ///< in the directory's order
  std::string comment = {};
  uint64_t bytes = 0;  ///< of the directory itself
  std::string sha256;  ///< of these bytes, which hold every entry's name, size and checksum
  const ZipEntry* find(std::string_view name) const;
};

bool looks_like_zip(std::span<const std::byte> head);
/// Reads the directory of an archive that lies in memory from its first byte. Throws Error{data}.
ZipDirectory read_zip_directory(const Input& archive);
/// An entry's bytes; stored ones lie in memory. What is read in full is checked against the checksum.
Input open_entry(const Input& archive, const ZipEntry& entry);

/// Metadata that an archive carries as its comment, a JSON object of texts, which other readers ignore. Any other
/// comment is no metadata. make_comment throws Error{data} when the object is longer than 65,535 bytes, which no zip
/// can hold.
void read_comment(const std::string& comment, Metadata& metadata);
std::string make_comment(const Metadata& metadata);

/// Writes stored entries one after another, to a pipe too: the checksum follows the data.
class ZipWriter {
 public:
  explicit ZipWriter(Output& output) : output_(output) {}
  /// The data begin at a multiple of `alignment` (a power of two up to 4096) from the archive's start.
  void begin(std::string_view name, uint64_t size, uint64_t alignment = 64);
  /// Appends to the entry begun last.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }
  /// Writes the directory. Throws Error{data} when an entry is short or the comment is longer than 65,535 bytes.
  void finish(std::string_view comment);

 private:
  struct Written {
    std::string name;
    uint64_t header = 0, size = 0;
    uint32_t crc = 0;
  };
  void put(std::string_view bytes);
  void end_entry();
  Output& output_;
  std::vector<Written> entries_;
  uint64_t at_ = 0;    ///< bytes written to the archive
  uint64_t left_ = 0;  ///< bytes that the current entry lacks
};

}  // namespace athanor::io
