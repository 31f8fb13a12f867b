// A stream's bytes on disk, so that they can be read in any order without being held on the heap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace athanor::data {

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
  /// Maps what was written; nothing may be written afterwards. Throws Error{io}.
  std::span<const std::byte> map();

 private:
  int fd_ = -1;
  uint64_t size_ = 0;
  void* memory_ = nullptr;
};

}  // namespace athanor::data
