// A connection between two processes that speak in lines.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace athanor::train {

using Deadline = std::chrono::steady_clock::time_point;

/// A TCP socket. Its kernel closes it with the process, and the other end hears of a host that is gone after half a
/// minute.
class Socket {
 public:
  Socket() = default;
  ~Socket();
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)), heard_(std::move(other.heard_)) {}
  Socket& operator=(Socket&& other) noexcept;

  /// Waits for connections at a port that the system chooses.
  static Socket listening();
  /// Tries until somebody listens there. Throws Error{network} after the deadline.
  static Socket connected(const std::string& host, int64_t port, Deadline deadline);
  /// The next connection to a listening socket, none after the deadline.
  std::optional<Socket> accept(Deadline deadline) const;

  int fd() const { return fd_; }
  /// This end's.
  int64_t port() const;
  /// This end of the connection, as a number: "10.0.0.7".
  std::string local_address() const;
  /// Sends a line without its end. False when the connection is broken.
  bool say(std::string_view line) const;

  enum class Heard { line, nothing, end };
  /// The next line, when it has come; `end` when the other end is gone, or sends what is no line of 500 bytes.
  Heard hear(std::string& line);
  /// Waits for a line. None when the other end is gone or the deadline has come.
  std::optional<std::string> hear(Deadline deadline);

 private:
  explicit Socket(int fd) : fd_(fd) {}
  int fd_ = -1;
  std::string heard_;  ///< the beginning of a line
};

}  // namespace athanor::train
