#include "io/input.h"

#include <fcntl.h>
#include <libdeflate.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <utility>
#include <vector>

#include "core/error.h"
#include "io/inflate.h"

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

/// A file mapped whole, shared by all inputs that read parts of it.
struct Mapping {
  Mapping(Descriptor descriptor, void* where, size_t bytes) : fd(std::move(descriptor)), address(where), size(bytes) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { ::munmap(address, size); }
  Descriptor fd;
  void* address;
  size_t size;
};

/// What bytes must be that are read from the first to the last.
class Checksum {
 public:
  Checksum(uint64_t size, uint32_t crc) : size_(size), expected_(crc) {}
  /// `bytes` were read at `offset`. Throws Error{data} at the end when they differ.
  void add(uint64_t offset, std::span<const std::byte> bytes) {
    if (offset == 0) {
      crc_ = 0;
      next_ = 0;
    }
    if (offset != next_ || bytes.empty()) return;
    crc_ = libdeflate_crc32(crc_, bytes.data(), bytes.size());
    next_ += bytes.size();
    if (next_ < size_) return;
    if (crc_ != expected_) fail(ErrorKind::data, "damaged: its checksum differs");
    passed_ = true;
  }
  bool passed() const { return passed_; }

 private:
  uint64_t size_, next_ = 0;
  uint32_t expected_, crc_ = 0;
  bool passed_ = false;  ///< all bytes were met and right
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
  explicit State(std::string its_name) : name(std::move(its_name)) {}

  enum class Gzip { unpack, keep };
  static std::unique_ptr<State> make(std::string name, Descriptor descriptor, Gzip gzip);
  /// Maps a regular file from its present offset; leaves everything else to be read as a stream.
  void map_if_regular(Descriptor descriptor, Gzip gzip);
  /// Reads once into the buffer; false at the end.
  bool fill();
  void unpack_gzip();
  std::span<const std::byte> buffered() const { return std::span(buffer).subspan(begin, end - begin); }
  /// Bytes of what lies in memory. A file's are read, not copied from the mapping: pages that nobody will look at again
  /// would count as ours, and a file that became shorter would kill us.
  void copy(uint64_t offset, std::span<std::byte> out) const;
  void advance(uint64_t n) {
    position += n;
    if (position == last) buffer = {};
  }
  void check(uint64_t offset, std::span<const std::byte> read) const {
    if (checksum) checksum->add(offset, read);
  }

  std::string name;
  std::shared_ptr<const Mapping> mapping;
  bool in_memory = false;
  std::span<const std::byte> bytes;  ///< everything, when in_memory
  ReadPacked source;                 ///< of a stream
  std::unique_ptr<Checksum> checksum = {};
  std::vector<std::byte> buffer;
  size_t begin = 0, end = 0;  ///< of what the buffer holds
  uint64_t position = 0;
  uint64_t last = UINT64_MAX;  ///< where a stream ends, when that is known
};

void Input::State::map_if_regular(Descriptor descriptor, Gzip gzip) {
  const auto stream = [&] {
    auto shared = std::make_shared<Descriptor>(std::move(descriptor));
    source = [shared](std::span<std::byte> out) { return shared->read(out); };
  };
  const int fd = descriptor.get();
  struct stat status = {};
  if (::fstat(fd, &status) != 0) fail_errno(ErrorKind::io, "cannot read");
  if (S_ISDIR(status.st_mode)) fail(ErrorKind::io, "is a directory");
  // Files of /proc claim to be empty and are not, so an empty file is read like a pipe.
  if (!S_ISREG(status.st_mode) || status.st_size == 0) return stream();
  const off_t start = ::lseek(fd, 0, SEEK_CUR);
  if (start < 0 || start >= status.st_size) return stream();
  std::byte head[2];
  if (gzip == Gzip::unpack && ::pread(fd, head, 2, start) == 2 && is_gzip(head)) return stream();
  const size_t size = size_t(status.st_size);
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (address == MAP_FAILED) return stream();  // some file systems cannot map: reading still works
  mapping = std::make_shared<Mapping>(std::move(descriptor), address, size);
  if (::fstat(fd, &status) != 0 || size_t(status.st_size) < size)
    fail(ErrorKind::io, "became shorter while it was opened");
  bytes = std::span(static_cast<const std::byte*>(address), size).subspan(size_t(start));
  in_memory = true;
}

void Input::State::copy(uint64_t offset, std::span<std::byte> out) const {
  if (!mapping) {
    std::ranges::copy(bytes.subspan(offset, out.size()), out.begin());
    return;
  }
  const uint64_t start = uint64_t(bytes.data() - static_cast<const std::byte*>(mapping->address));
  for (size_t done = 0; done < out.size();) {
    const ssize_t n = ::pread(mapping->fd.get(), out.data() + done, out.size() - done, off_t(start + offset + done));
    if (n == 0) fail(ErrorKind::io, "became shorter while it was read");
    if (n < 0 && errno != EINTR) fail_errno(ErrorKind::io, "cannot read");
    done += size_t(std::max<ssize_t>(n, 0));
  }
}

bool Input::State::fill() {
  if (buffer.empty()) buffer.resize(kBufferSize);
  if (begin > 0) {
    std::memmove(buffer.data(), buffer.data() + begin, end - begin);
    end -= begin;
    begin = 0;
  }
  const size_t n = source(std::span(buffer).subspan(end));
  end += n;
  return n > 0;
}

void Input::State::unpack_gzip() {
  while (end - begin < 2 && fill()) {
  }
  if (!is_gzip(buffered())) return;
  auto inflater = std::make_shared<Inflater>(Inflater::kGzip, buffered(), std::move(source));
  source = [inflater](std::span<std::byte> out) { return inflater->read(out); };
  begin = end = 0;
}

Input::Input(std::unique_ptr<State> state) : state_(std::move(state)) {}
Input::Input(Input&&) noexcept = default;
Input& Input::operator=(Input&&) noexcept = default;
Input::~Input() = default;

Input Input::open(const Source& source) {
  Descriptor descriptor = open_descriptor(source);
  return Input(State::make(source.name(), std::move(descriptor), State::Gzip::unpack));
}

Input Input::adopt(int descriptor, std::string name) {
  return Input(State::make(std::move(name), Descriptor(descriptor), State::Gzip::keep));
}

std::unique_ptr<Input::State> Input::State::make(std::string name, Descriptor descriptor, Gzip gzip) {
  auto state = std::make_unique<State>(std::move(name));
  in_context(state->name, [&] {
    state->map_if_regular(std::move(descriptor), gzip);
    if (!state->in_memory && gzip == Gzip::unpack) state->unpack_gzip();
  });
  return state;
}

Input Input::memory(std::span<const std::byte> bytes, std::string name) {
  auto state = std::make_unique<State>(std::move(name));
  state->in_memory = true;
  state->bytes = bytes;
  return Input(std::move(state));
}

Input Input::part(uint64_t offset, uint64_t size, std::optional<uint32_t> crc) const {
  auto state = std::make_unique<State>(state_->name);
  state->mapping = state_->mapping;
  state->in_memory = true;
  state->bytes = state_->bytes.subspan(offset, size);
  if (crc) state->checksum = std::make_unique<Checksum>(size, *crc);
  return Input(std::move(state));
}

Input Input::inflated(uint64_t offset, uint64_t size, uint64_t unpacked, uint32_t crc) const {
  auto state = std::make_unique<State>(state_->name);
  auto packed = std::make_shared<Input>(part(offset, size));
  state->source = [packed, unpacked, done = uint64_t{0},
                   inflater = std::shared_ptr<Inflater>()](std::span<std::byte> out) mutable {
    if (!packed) return size_t{0};
    if (!inflater)
      inflater = std::make_shared<Inflater>(Inflater::kRaw, std::span<const std::byte>{},
                                            [packed](std::span<std::byte> more) { return packed->read(more); });
    const size_t n = inflater->read(out.first(std::min<uint64_t>(out.size(), unpacked - done)));
    done += n;
    std::byte extra;
    const bool ended = done == unpacked;
    if (ended ? inflater->read({&extra, 1}) != 0 : n == 0)
      fail(ErrorKind::data, "damaged: it does not unpack to the {} bytes that it promises", unpacked);
    if (ended) {
      inflater.reset();
      packed.reset();
    }
    return n;
  };
  state->last = unpacked;
  state->checksum = std::make_unique<Checksum>(unpacked, crc);
  return Input(std::move(state));
}

const std::string& Input::name() const { return state_->name; }
std::optional<uint64_t> Input::size() const {
  return state_->in_memory ? std::optional<uint64_t>(state_->bytes.size()) : std::nullopt;
}
uint64_t Input::position() const { return state_->position; }
bool Input::resident() const { return state_->in_memory; }
std::span<const std::byte> Input::mapped() const { return state_->bytes; }
void Input::check_mapped() const {
  if (state_->checksum && !state_->checksum->passed()) state_->check(0, state_->bytes);
}

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
    n = s.source(out);  // large reads need no copy
  } else if (s.in_memory) {
    n = std::min<size_t>(out.size(), s.bytes.size() - s.position);
    s.copy(s.position, out.first(n));
  } else if (!out.empty() && !peek(1).empty()) {
    n = std::min(out.size(), s.buffered().size());
    std::memcpy(out.data(), s.buffered().data(), n);
    s.begin += n;
  }
  s.check(s.position, out.first(n));
  s.advance(n);
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

void Input::read_at(uint64_t offset, std::span<std::byte> out) const {
  state_->copy(offset, out);
  state_->check(offset, out);
}

uint64_t Input::skip(uint64_t n) {
  State& s = *state_;
  uint64_t done = 0;
  while (done < n) {
    const size_t some = peek(kPeekLimit).size();
    if (some == 0) break;
    const uint64_t here = s.in_memory ? s.bytes.size() - s.position : s.end - s.begin;
    const uint64_t step = std::min(n - done, here);
    if (!s.in_memory) {
      s.check(s.position, s.buffered().first(step));
      s.begin += step;
    }
    s.advance(step);
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
