// Bytes from a file, a pipe or memory, looked at before they are read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "io/source.h"

namespace athanor::io {

/// A forward stream of bytes that can be looked into before it is read. Regular files are mapped read-only, and can be
/// read at any place; gzip is unpacked as it is read. Movable, not copyable.
///
/// What open() throws begins with the input's name. What reading throws (Error{io}: the device failed; Error{data}:
/// gzip data cut short or damaged) does not: whoever reads puts it in front, as TensorReader does.
class Input {
 public:
  /// Opens a file or standard input. Gzip data (by its first bytes) arrive unpacked.
  /// Throws Error{io}: no such file, a folder, no permission; Error{usage}: standard input is a terminal.
  static Input open(const Source& source);
  /// Reads a file descriptor from where it stands, as it is (gzip stays packed), and closes it in the end. Throws as
  /// open().
  static Input adopt(int descriptor, std::string name);
  /// Reads memory that outlives the input (an embedded model); `name` is what messages call it.
  static Input memory(std::span<const std::byte> bytes, std::string name);
  /// A range of an input whose bytes lie in memory, as an input of its own that shares the file; it goes by the same
  /// name. Reading it from its beginning to its end throws Error{data} when its CRC-32 is not `crc`.
  Input part(uint64_t offset, uint64_t size, std::optional<uint32_t> crc = {}) const;
  /// The same of a range that holds `unpacked` bytes packed by raw deflate (a zip's entry). Costs no memory before it
  /// is read and after its last byte.
  Input inflated(uint64_t offset, uint64_t size, uint64_t unpacked, uint32_t crc) const;
  Input(Input&&) noexcept;
  Input& operator=(Input&&) noexcept;
  ~Input();

  /// How messages call it.
  const std::string& name() const;
  /// Bytes in all, when known before reading (plain regular files and memory).
  std::optional<uint64_t> size() const;
  /// Bytes read so far.
  uint64_t position() const;
  /// The next n bytes (fewer at the end) without consuming them; valid until the next call. n ≤ 64 KiB.
  std::span<const std::byte> peek(size_t n);
  /// Reads up to out.size() bytes; 0 means the end.
  size_t read(std::span<std::byte> out);
  /// Fills `out` or returns the number of bytes that there were.
  size_t read_full(std::span<std::byte> out);
  /// Skips n bytes; returns how many there were.
  uint64_t skip(uint64_t n);
  /// Copies the bytes from `offset` on, without moving. Only where resident(), and within size(). Throws Error{io}.
  void read_at(uint64_t offset, std::span<std::byte> out) const;
  /// Whether all bytes lie in memory: a mapped file, embedded data.
  bool resident() const;
  /// All bytes when they do, else none.
  std::span<const std::byte> mapped() const;
  /// Compares what mapped() shows with the checksum that the input has, if any. Throws Error{data}.
  void check_mapped() const;

 private:
  struct State;
  explicit Input(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// SHA-256 as 64 hexadecimal digits.
std::string sha256(std::span<const std::byte> bytes);

}  // namespace athanor::io
