#include "data/spool.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "core/error.h"

namespace athanor::data {
namespace {

std::string folder() {
  const char* given = std::getenv("TMPDIR");
  return given != nullptr && *given != '\0' ? given : "/tmp";
}

}  // namespace

Spool::Spool() {
  const std::string where = folder();
  fd_ = open(where.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd_ >= 0) return;
  // Not every file system knows files without a name.
  std::string name = where + "/athanor-XXXXXX";
  fd_ = mkostemp(name.data(), O_CLOEXEC);
  if (fd_ < 0) fail_errno(ErrorKind::io, where + ": cannot make a temporary file");
  unlink(name.c_str());
}

Spool::~Spool() {
  if (memory_ != nullptr) munmap(memory_, size_);
  if (fd_ >= 0) close(fd_);
}

void Spool::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_errno(ErrorKind::io, folder() + ": cannot write a temporary file (TMPDIR names another folder)");
    bytes = bytes.subspan(size_t(n));
    size_ += uint64_t(n);
  }
}

std::span<const std::byte> Spool::map() {
  if (size_ == 0) return {};
  void* memory = mmap(nullptr, size_, PROT_READ, MAP_SHARED, fd_, 0);
  if (memory == MAP_FAILED) fail_errno(ErrorKind::io, folder() + ": cannot map a temporary file");
  memory_ = memory;
  return {static_cast<const std::byte*>(memory_), size_};
}

}  // namespace athanor::data
