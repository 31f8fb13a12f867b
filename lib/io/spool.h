// A stream's bytes on disk, so that they can be read in any order without being held on the heap.
#pragma once

#include "io/input.h"

namespace athanor::io {

/// An unlinked temporary file in $TMPDIR (else /tmp): it is gone with the process, however that ends.
class Spool {
 public:
  /// Throws Error{io}.
  Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;
  ~Spool();
  /// Appends bytes. Throws Error{io} (full disk).
  void write(std::span<const std::byte> bytes);
  uint64_t size() const { return size_; }
  /// What was written, as an input with the given name; nothing may be written afterwards. Throws Error{io}.
  Input input(std::string name);

 private:
  int fd_ = -1;
  uint64_t size_ = 0;
};

/// The input itself when its bytes lie in memory, else what is left of it, spooled. Throws as reading does, and
/// Error{io} (full disk).
Input in_memory(Input input);

}  // namespace athanor::io
