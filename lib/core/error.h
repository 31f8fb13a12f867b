// The one kind of exception that the library throws.
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace athanor {

/// What failed, as a shell script needs to know it; `cli` maps kinds to exit codes.
enum class ErrorKind {
  usage,    ///< a wrong command line, decidable from the arguments alone
  data,     ///< an input is not what its format promises
  io,       ///< a file or stream could not be opened, read or written
  device,   ///< an accelerator is missing or failed
  network,  ///< a remote end failed
};

/// One lower-case line: what is wrong, where, what to do. Context is put in front as it passes upwards.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& text) : std::runtime_error(text), kind_(kind) {}
  ErrorKind kind() const { return kind_; }
  /// The same error with `where: ` before its text.
  Error in(std::string_view where) const { return {kind_, fmt::format("{}: {}", where, what())}; }

 private:
  ErrorKind kind_;
};

/// Runs `body`; an Error that it throws gets `where: ` before its text.
template <class Body>
auto in_context(std::string_view where, Body body) {
  try {
    return body();
  } catch (const Error& error) {
    throw error.in(where);
  }
}

/// The reader of standard output has gone: the tool ends as the signal SIGPIPE would end it, without a word.
struct BrokenPipe {};

/// A termination signal arrived and the work was left in good order.
struct Interrupted {
  int signal;
};

/// Throws Error{kind, text}.
template <class... Args>
[[noreturn]] void fail(ErrorKind kind, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(kind, fmt::format(format, std::forward<Args>(args)...));
}

/// Throws Error{kind, text: reason of `errno`}.
[[noreturn]] void fail_errno(ErrorKind kind, std::string_view text);

}  // namespace athanor
