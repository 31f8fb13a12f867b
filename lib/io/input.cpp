#include "io/input.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "core/error.h"

namespace athanor::io {
namespace {

constexpr size_t kPeekLimit = 64 << 10;
constexpr size_t kBufferSize = 2 * kPeekLimit;

/// A descriptor that is closed with its owner, unless it is a standard stream.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ > STDERR_FILENO) ::close(fd_);
  }
  int get() const { return fd_; }
  size_t read(std::span<std::byte> out) const {
    for (;;) {
      const ssize_t n = ::read(fd_, out.data(), out.size());
      if (n >= 0) return size_t(n);
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) fail_errno(ErrorKind::io, "cannot read");
      pollfd ready{.fd = fd_, .events = POLLIN, .revents = 0};  // a parent may have made the pipe non-blocking
      ::poll(&ready, 1, -1);
    }
  }

 private:
  int fd_;
};

/// Unpacks a gzip stream of one or more members.
class Gunzip {
 public:
  /// `head` has been read from the descriptor already.
  explicit Gunzip(std::span<const std::byte> head) : packed_(kBufferSize) {
    std::ranges::copy(head, packed_.begin());
    stream_.next_in = reinterpret_cast<Bytef*>(packed_.data());
    stream_.avail_in = uInt(head.size());
    if (inflateInit2(&stream_, 15 + 16) != Z_OK) fail(ErrorKind::data, "cannot start unpacking gzip");
  }
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;
  ~Gunzip() { inflateEnd(&stream_); }

  size_t read(const Descriptor& from, std::span<std::byte> out) {
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    const size_t wanted = std::min(out.size(), size_t{1} << 30);
    stream_.avail_out = uInt(wanted);
    while (stream_.avail_out == wanted && !ended_) step(from);
    return wanted - stream_.avail_out;
  }

 private:
  void step(const Descriptor& from) {
    if (stream_.avail_in == 0 && !refill(from)) {
      if (!between_members_) fail(ErrorKind::data, "input ends early: its gzip data are cut short");
      ended_ = true;
      return;
    }
    if (between_members_) {
      inflateReset(&stream_);
      between_members_ = false;
    }
    const int code = inflate(&stream_, Z_NO_FLUSH);
    if (code == Z_STREAM_END) {
      between_members_ = true;
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      fail(ErrorKind::data, "damaged gzip data ({})", stream_.msg ? stream_.msg : "not a gzip member");
    }
  }
  bool refill(const Descriptor& from) {
    stream_.next_in = reinterpret_cast<Bytef*>(packed_.data());
    stream_.avail_in = uInt(from.read(packed_));
    return stream_.avail_in != 0;
  }

  std::vector<std::byte> packed_;
  z_stream stream_{};
  bool between_members_ = false, ended_ = false;
};

bool is_gzip(std::span<const std::byte> head) {
  return head.size() >= 2 && head[0] == std::byte{0x1f} && head[1] == std::byte{0x8b};
}

Descriptor open_descriptor(const Source& source) {
  if (!source.standard()) {
    const int fd = ::open(source.path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) fail_errno(ErrorKind::io, source.name());
    return Descriptor(fd);
  }
  if (::isatty(STDIN_FILENO))
    fail(ErrorKind::usage, "standard input is a terminal: redirect it from a file or a pipe, or name a file");
  return Descriptor(STDIN_FILENO);
}

}  // namespace

struct Input::State {
  State(std::string its_name, Descriptor descriptor) : name(std::move(its_name)), fd(std::move(descriptor)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (map != nullptr) ::munmap(map, map_size);
  }

  static std::unique_ptr<State> make(std::string name, Descriptor descriptor);
  /// Maps a plain regular file from its present offset; leaves everything else to be read as a stream.
  void map_if_regular();
  /// Bytes from the descriptor, unpacked.
  size_t read_source(std::span<std::byte> out) { return gunzip ? gunzip->read(fd, out) : fd.read(out); }
  /// Reads once into the buffer; false at the end.
  bool fill();
  void unpack_gzip();
  std::span<const std::byte> buffered() const { return std::span(buffer).subspan(begin, end - begin); }

  std::string name;
  Descriptor fd;
  bool in_memory = false;
  std::span<const std::byte> bytes;  ///< everything, when in_memory
  void* map = nullptr;
  size_t map_size = 0;
  std::unique_ptr<Gunzip> gunzip;
  std::vector<std::byte> buffer;
  size_t begin = 0, end = 0;  ///< of what the buffer holds
  uint64_t position = 0;
};

void Input::State::map_if_regular() {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) fail_errno(ErrorKind::io, "cannot read");
  if (S_ISDIR(status.st_mode)) fail(ErrorKind::io, "is a directory");
  // Files of /proc claim to be empty and are not, so an empty file is read like a pipe.
  if (!S_ISREG(status.st_mode) || status.st_size == 0) return;
  const off_t start = ::lseek(fd.get(), 0, SEEK_CUR);
  if (start < 0 || start >= status.st_size) return;
  std::byte head[2];
  if (::pread(fd.get(), head, 2, start) == 2 && is_gzip(head)) return;
  const size_t size = size_t(status.st_size);
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (address == MAP_FAILED) return;  // some file systems cannot map: reading still works
  map = address;
  map_size = size;
  if (::fstat(fd.get(), &status) != 0 || size_t(status.st_size) < size)
    fail(ErrorKind::io, "became shorter while it was opened");
  bytes = std::span(static_cast<const std::byte*>(map), size).subspan(size_t(start));
  in_memory = true;
}

bool Input::State::fill() {
  if (buffer.empty()) buffer.resize(kBufferSize);
  if (begin > 0) {
    std::memmove(buffer.data(), buffer.data() + begin, end - begin);
    end -= begin;
    begin = 0;
  }
  const size_t n = read_source(std::span(buffer).subspan(end));
  end += n;
  return n > 0;
}

void Input::State::unpack_gzip() {
  while (end - begin < 2 && fill()) {
  }
  if (!is_gzip(buffered())) return;
  gunzip = std::make_unique<Gunzip>(buffered());
  begin = end = 0;
}

Input::Input(std::unique_ptr<State> state) : state_(std::move(state)) {}
Input::Input(Input&&) noexcept = default;
Input& Input::operator=(Input&&) noexcept = default;
Input::~Input() = default;

Input Input::open(const Source& source) {
  Descriptor descriptor = open_descriptor(source);
  return Input(State::make(source.name(), std::move(descriptor)));
}

Input Input::adopt(int descriptor, std::string name) {
  return Input(State::make(std::move(name), Descriptor(descriptor)));
}

std::unique_ptr<Input::State> Input::State::make(std::string name, Descriptor descriptor) {
  auto state = std::make_unique<State>(std::move(name), std::move(descriptor));
  try {
    state->map_if_regular();
    if (!state->in_memory) state->unpack_gzip();
  } catch (const Error& error) {
    throw error.in(state->name);
  }
  return state;
}

Input Input::memory(std::span<const std::byte> bytes, std::string name) {
  auto state = std::make_unique<State>(std::move(name), Descriptor(-1));
  state->in_memory = true;
  state->bytes = bytes;
  return Input(std::move(state));
}

const std::string& Input::name() const { return state_->name; }
std::optional<uint64_t> Input::size() const {
  return state_->in_memory ? std::optional<uint64_t>(state_->bytes.size()) : std::nullopt;
}
uint64_t Input::position() const { return state_->position; }
std::span<const std::byte> Input::mapped() const { return state_->bytes; }

std::span<const std::byte> Input::peek(size_t n) {
  State& s = *state_;
  n = std::min(n, kPeekLimit);
  if (s.in_memory) return s.bytes.subspan(s.position, std::min<size_t>(n, s.bytes.size() - s.position));
  while (s.end - s.begin < n && s.fill()) {
  }
  return s.buffered().first(std::min(n, s.end - s.begin));
}

size_t Input::read(std::span<std::byte> out) {
  State& s = *state_;
  size_t n = 0;
  if (!s.in_memory && s.begin == s.end && out.size() >= kBufferSize) {
    n = s.read_source(out);  // large reads need no copy
  } else if (!out.empty() && !peek(1).empty()) {
    const std::span<const std::byte> here = s.in_memory ? s.bytes.subspan(s.position) : s.buffered();
    n = std::min(out.size(), here.size());
    std::memcpy(out.data(), here.data(), n);
    if (!s.in_memory) s.begin += n;
  }
  s.position += n;
  return n;
}

size_t Input::read_full(std::span<std::byte> out) {
  size_t done = 0;
  while (done < out.size()) {
    const size_t n = read(out.subspan(done));
    if (n == 0) break;
    done += n;
  }
  return done;
}

uint64_t Input::skip(uint64_t n) {
  State& s = *state_;
  uint64_t done = 0;
  while (done < n) {
    const size_t some = peek(kPeekLimit).size();
    if (some == 0) break;
    const uint64_t here = s.in_memory ? s.bytes.size() - s.position : s.end - s.begin;
    const uint64_t step = std::min(n - done, here);
    if (!s.in_memory) s.begin += step;
    s.position += step;
    done += step;
  }
  return done;
}

std::string sha256(std::span<const std::byte> bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &length, EVP_sha256(), nullptr) != 1)
    fail(ErrorKind::io, "SHA-256 failed");
  std::string text;
  for (unsigned i = 0; i < length; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

}  // namespace athanor::io
