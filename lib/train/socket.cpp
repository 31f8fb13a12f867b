#include "train/socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <thread>

#include "core/error.h"

namespace athanor::train {
namespace {

using namespace std::chrono_literals;

constexpr size_t kLongestLine = 500;

void set(int fd, int level, int option, int value) { (void)setsockopt(fd, level, option, &value, sizeof value); }

/// Lines are short and wanted at once; a host that does not answer for half a minute is gone.
void prepare(int fd) {
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 10);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, 4);
}

/// Waits until the descriptor can be read. False after the deadline.
bool readable(int fd, Deadline deadline) {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd one{.fd = fd, .events = POLLIN, .revents = 0};
    const int count = poll(&one, 1, int(std::clamp<int64_t>(left.count(), 0, 60'000)));
    if (count > 0) return true;
    if (count < 0 && errno != EINTR) fail_errno(ErrorKind::network, "waiting for another process");
    if (left.count() <= 0) return false;
  }
}

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Addresses resolve(const std::string& host, int64_t port) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (code != 0) fail(ErrorKind::network, "{}: {}", host, gai_strerror(code));
  return {found, &freeaddrinfo};
}

}  // namespace

Socket::~Socket() {
  if (fd_ >= 0) close(fd_);
}

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(heard_, other.heard_);
  return *this;
}

Socket Socket::listening() {
  // One socket for IPv4 and IPv6, where the system knows both.
  Socket s(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 any6{};
  any6.sin6_family = AF_INET6;
  if (s.fd_ >= 0) set(s.fd_, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (s.fd_ < 0 || bind(s.fd_, reinterpret_cast<sockaddr*>(&any6), sizeof any6) != 0) {
    s = Socket(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in any4{};
    any4.sin_family = AF_INET;
    if (s.fd_ < 0 || bind(s.fd_, reinterpret_cast<sockaddr*>(&any4), sizeof any4) != 0)
      fail_errno(ErrorKind::network, "listening for other processes");
  }
  if (listen(s.fd_, SOMAXCONN) != 0) fail_errno(ErrorKind::network, "listening for other processes");
  return s;
}

Socket Socket::connected(const std::string& host, int64_t port, Deadline deadline) {
  for (;;) {
    const Addresses addresses = resolve(host, port);
    for (const addrinfo* a = addresses.get(); a; a = a->ai_next) {
      Socket s(socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol));
      if (s.fd_ < 0 || connect(s.fd_, a->ai_addr, a->ai_addrlen) != 0) continue;
      if (s.port() == port) continue;  // where nobody listens, a socket may have met itself
      prepare(s.fd_);
      return s;
    }
    if (std::chrono::steady_clock::now() > deadline)
      fail_errno(ErrorKind::network, fmt::format("no answer from {} port {}", host, port));
    std::this_thread::sleep_for(50ms);
  }
}

std::optional<Socket> Socket::accept(Deadline deadline) const {
  while (readable(fd_, deadline)) {
    Socket s(accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC));
    if (s.fd_ < 0) continue;  // it was gone again
    prepare(s.fd_);
    return s;
  }
  return std::nullopt;
}

int64_t Socket::port() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) fail_errno(ErrorKind::network, "a socket");
  // The port lies at the same place in both kinds of address.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

std::string Socket::local_address() const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  char text[NI_MAXHOST] = "";
  const auto any = reinterpret_cast<sockaddr*>(&address);
  if (getsockname(fd_, any, &size) != 0 || getnameinfo(any, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0)
    fail_errno(ErrorKind::network, "a socket");
  constexpr std::string_view kMapped = "::ffff:";  // IPv4 through a socket for both
  const std::string_view whole = text;
  return std::string(whole.starts_with(kMapped) ? whole.substr(kMapped.size()) : whole);
}

bool Socket::say(std::string_view line) const {
  const std::string text = std::string(line) + "\n";
  // So short a text fits into the system's buffer.
  return send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == ssize_t(text.size());
}

Socket::Heard Socket::hear(std::string& line) {
  char bytes[kLongestLine];
  const ssize_t count = recv(fd_, bytes, sizeof bytes, MSG_DONTWAIT);
  if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
    if (heard_.find('\n') == std::string::npos) return Heard::end;
  }
  if (count > 0) heard_.append(bytes, size_t(count));
  const size_t end = heard_.find('\n');
  if (end == std::string::npos) return heard_.size() > kLongestLine ? Heard::end : Heard::nothing;
  line = heard_.substr(0, end);
  heard_.erase(0, end + 1);
  return Heard::line;
}

std::optional<std::string> Socket::hear(Deadline deadline) {
  std::string line;
  for (;;) {
    if (heard_.find('\n') == std::string::npos && !readable(fd_, deadline)) return std::nullopt;
    const Heard heard = hear(line);
    if (heard == Heard::line) return line;
    if (heard == Heard::end) return std::nullopt;
  }
}

}  // namespace athanor::train
