#include "io/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"

namespace athanor::io {
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

Input Spool::input(std::string name) {
  if (lseek(fd_, 0, SEEK_SET) != 0) fail_errno(ErrorKind::io, folder() + ": cannot read a temporary file");
  return Input::adopt(std::exchange(fd_, -1), std::move(name));
}

Input in_memory(Input input) {
  if (input.resident()) return input;
  Spool spool;
  std::vector<std::byte> part(1 << 20);
  while (const size_t n = input.read(part)) spool.write(std::span(part).first(n));
  return spool.input(input.name());
}

}  // namespace athanor::io
