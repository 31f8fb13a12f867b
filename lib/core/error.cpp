#include "core/error.h"

#include <cerrno>
#include <cstring>

namespace athanor {

void fail_errno(ErrorKind kind, std::string_view text) {
  const int code = errno;
  std::string reason = std::strerror(code);
  reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
  fail(kind, "{}: {}", text, reason);
}

}  // namespace athanor
