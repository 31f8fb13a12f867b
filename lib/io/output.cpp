#include "io/output.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "core/error.h"

namespace athanor::io {
namespace {

namespace fs = std::filesystem;

/// Deletes a folder of files, with nothing but system calls: a signal handler may not allocate.
void delete_folder(const char* path) noexcept {
  const int fd = ::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  alignas(8) char entries[4096];
  for (bool deleted = true; deleted;) {  // deleting may make the listing skip some: it is read until nothing is left
    deleted = false;
    ::lseek(fd, 0, SEEK_SET);
    for (long n = 0; (n = ::syscall(SYS_getdents64, fd, entries, sizeof entries)) > 0;) {
      for (long at = 0; at < n;) {
        unsigned short length = 0;  // struct linux_dirent64: inode, offset (8 bytes each), length, type, name
        std::memcpy(&length, entries + at + 16, sizeof length);
        deleted = ::unlinkat(fd, entries + at + 19, 0) == 0 || deleted;
        at += length;
      }
    }
  }
  ::close(fd);
  ::rmdir(path);
}

/// The temporary files and folders of this process, in memory that a signal handler may read.
class Unfinished {
 public:
  enum Kind : int { kFile = 2, kFolder = 3 };
  void add(const std::string& path, Kind kind) noexcept {
    if (path.size() >= kLongest) return;
    for (Slot& slot : slots_) {
      int expected = kFree;
      if (!slot.state.compare_exchange_strong(expected, kFilling)) continue;
      std::memcpy(slot.path, path.c_str(), path.size() + 1);
      slot.state.store(kind, std::memory_order_release);
      return;
    }
  }
  void remove(const std::string& path) noexcept {
    for (Slot& slot : slots_)
      if (slot.state.load(std::memory_order_acquire) >= kFile && path == slot.path) slot.state.store(kFree);
  }
  void delete_all() noexcept {
    for (Slot& slot : slots_)
      if (slot.state.load(std::memory_order_acquire) == kFile) ::unlink(slot.path);
    for (Slot& slot : slots_)
      if (slot.state.load(std::memory_order_acquire) == kFolder) delete_folder(slot.path);
  }

 private:
  static constexpr size_t kLongest = 4096;
  enum : int { kFree, kFilling };
  struct Slot {
    std::atomic<int> state{kFree};
    char path[kLongest];
  };
  static_assert(std::atomic<int>::is_always_lock_free, "read from a signal handler");
  std::array<Slot, 32> slots_;
};
Unfinished unfinished;

[[noreturn]] void fail_exists(std::string_view name) {
  fail(ErrorKind::io, "{}: exists; give --force to replace it", name);
}

/// Where a path leads: links are followed also when what they name does not exist yet.
fs::path resolve_links(fs::path path, const std::string& name) {
  for (int hops = 0; hops < 40; ++hops) {
    std::error_code error;
    const fs::path next = fs::read_symlink(path, error);
    if (error) return path;
    path = next.is_absolute() ? next : path.parent_path() / next;
  }
  errno = ELOOP;
  fail_errno(ErrorKind::io, name);
}

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

/// What a path names now.
struct Target {
  bool exists = false;
  bool special = false;  ///< a device or pipe: written directly, never renamed over
  mode_t mode = 0;
};
Target look_at(const Sink& sink) {
  struct stat status = {};
  if (::stat(sink.path.c_str(), &status) != 0) {
    if (errno != ENOENT) fail_errno(ErrorKind::io, sink.name());
    return {};
  }
  if (S_ISDIR(status.st_mode)) fail(ErrorKind::io, "{}: is a directory", sink.name());
  return {.exists = true, .special = !S_ISREG(status.st_mode), .mode = status.st_mode & 07777u};
}

void refuse_terminal(int fd, const std::string& name) {
  if (::isatty(fd)) fail(ErrorKind::usage, "{} is a terminal: redirect it to a file or a pipe, or give -o FILE", name);
}

/// A descriptor that is none of the standard streams': one of those may have been closed before the program began.
int above_standard(int fd) {
  if (fd < 0 || fd > STDERR_FILENO) return fd;
  const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  ::close(fd);
  return moved;
}

/// Makes something new beside the target by `make`, which returns a descriptor or -1 with errno. Returns what it did.
int make_beside(const fs::path& target, Unfinished::Kind kind, int (*make)(const char* path), fs::path& temporary,
                const std::string& name) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::array<unsigned char, 6> noise{};
    if (::getrandom(noise.data(), noise.size(), 0) != ssize_t(noise.size())) continue;
    std::string suffix;
    for (const unsigned char c : noise) suffix += letters[c % letters.size()];
    temporary = folder_of(target) / fmt::format(".{}.{}.part", target.filename().string().substr(0, 200), suffix);
    unfinished.add(temporary.string(), kind);  // before it exists: a signal in between must find it
    const int made = make(temporary.c_str());
    if (made >= 0) return made;
    const int code = errno;
    unfinished.remove(temporary.string());
    errno = code;
    if (errno != EEXIST) break;
  }
  temporary.clear();
  fail_errno(ErrorKind::io, name);
}

/// The kernel applies the umask (and a folder's default ACL) to 0666.
int make_file(const char* path) { return above_standard(::open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)); }
int make_folder(const char* path) { return ::mkdir(path, 0777); }

void rename_new(const fs::path& from, const fs::path& to, const std::string& name) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return;
  if (errno == EINVAL || errno == ENOSYS) {  // a file system without it: a hard link does not replace either
    if (::link(from.c_str(), to.c_str()) == 0) {
      ::unlink(from.c_str());
      return;
    }
  }
  if (errno == EEXIST) fail_exists(name);
  fail_errno(ErrorKind::io, name);
}

[[noreturn]] void fail_swap(const std::string& name) {
  fail_errno(ErrorKind::io, name + ": cannot be replaced as a whole on this file system; name a new folder");
}

/// Refuses before the work what would fail after it: NFS and others cannot swap two folders' names.
void check_swap(const fs::path& target, const fs::path& temporary, const std::string& name) {
  fs::path second;
  make_beside(target, Unfinished::kFolder, make_folder, second, name);
  const int swapped = ::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, second.c_str(), RENAME_EXCHANGE);
  const int code = errno;
  ::rmdir(second.c_str());
  unfinished.remove(second.string());
  errno = code;
  if (swapped != 0) fail_swap(name);
}

/// The new name itself must survive a power cut. Not every file system can sync a folder; the data are safe already.
void sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

}  // namespace

void check_output(const Sink& sink, Existing existing) {
  if (sink.standard()) return refuse_terminal(STDOUT_FILENO, sink.name());
  const Target target = look_at(sink);
  if (target.special) return;
  if (target.exists && existing == Existing::refuse) fail_exists(sink.name());
  const fs::path folder = folder_of(resolve_links(sink.path, sink.name()));
  if (::access(folder.c_str(), W_OK | X_OK) != 0) fail_errno(ErrorKind::io, sink.name());
}

Output Output::open(const Sink& sink, Existing existing) {
  Output out;
  out.name_ = sink.name();
  out.existing_ = existing;
  check_output(sink, existing);
  if (sink.standard()) {
    struct stat status = {};
    if (::fstat(STDOUT_FILENO, &status) != 0) fail_errno(ErrorKind::io, out.name_);
    out.fd_ = STDOUT_FILENO;
    return out;
  }
  const Target target = look_at(sink);
  if (target.special) {
    out.fd_ = above_standard(::open(sink.path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
    if (out.fd_ < 0) fail_errno(ErrorKind::io, out.name_);
    refuse_terminal(out.fd_, out.name_);
    return out;
  }
  out.target_ = resolve_links(sink.path, out.name_);
  out.fd_ = make_beside(out.target_, Unfinished::kFile, make_file, out.temporary_, out.name_);
  if (target.exists) ::fchmod(out.fd_, target.mode);  // a file that is replaced keeps its permissions
  return out;
}

Output::Output(Output&& other) noexcept
    : name_(std::move(other.name_)),
      target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      existing_(other.existing_),
      fd_(std::exchange(other.fd_, -1)) {}

Output& Output::operator=(Output&& other) noexcept {
  if (this == &other) return *this;
  discard();
  name_ = std::move(other.name_);
  target_ = std::move(other.target_);
  temporary_ = std::exchange(other.temporary_, {});
  existing_ = other.existing_;
  fd_ = std::exchange(other.fd_, -1);
  return *this;
}

Output::~Output() { discard(); }

const std::string& Output::name() const { return name_; }

void Output::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n >= 0) {
      bytes = bytes.subspan(size_t(n));
    } else if (errno == EPIPE && fd_ == STDOUT_FILENO) {
      throw BrokenPipe{};
    } else if (errno == EAGAIN) {
      pollfd ready{.fd = fd_, .events = POLLOUT, .revents = 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      fail_errno(ErrorKind::io, name_);
    }
  }
}

void Output::finish() {
  if (fd_ == STDOUT_FILENO) {
    // Closing a copy makes network file systems report what they could not store.
    const int copy = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (copy < 0 || ::close(copy) != 0) fail_errno(ErrorKind::io, name_);
    fd_ = -1;
    return;
  }
  if (!temporary_.empty() && ::fsync(fd_) != 0 && errno != EINVAL) fail_errno(ErrorKind::io, name_);
  if (::close(std::exchange(fd_, -1)) != 0) fail_errno(ErrorKind::io, name_);
  if (temporary_.empty()) return;
  if (existing_ == Existing::refuse) {
    rename_new(temporary_, target_, name_);
  } else if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    fail_errno(ErrorKind::io, name_);
  }
  unfinished.remove(temporary_.string());
  temporary_.clear();
  sync_folder(folder_of(target_));
}

void Output::discard() noexcept {
  if (fd_ > STDERR_FILENO) ::close(fd_);
  fd_ = -1;
  if (temporary_.empty()) return;
  ::unlink(temporary_.c_str());
  unfinished.remove(temporary_.string());
  temporary_.clear();
}

OutputFolder OutputFolder::open(const Sink& sink, Existing existing, bool (*replaceable)(std::string_view)) {
  OutputFolder folder;
  folder.name_ = sink.name();
  folder.existing_ = existing;
  fs::path path = resolve_links(sink.path, folder.name_).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  folder.target_ = path;
  std::error_code error;
  bool holds_files = false;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    if (existing == Existing::refuse) fail_exists(folder.name_);
    holds_files = true;
    const std::string inside = it->path().filename().string();
    if (!replaceable(inside) || !it->is_regular_file())
      fail(ErrorKind::io, "{}: holds '{}', which would be lost: name a new folder", folder.name_, inside);
  }
  if (error && error != std::errc::no_such_file_or_directory)
    fail(ErrorKind::io, "{}: {}", folder.name_, error.message());
  make_beside(path, Unfinished::kFolder, make_folder, folder.temporary_, folder.name_);
  if (holds_files) check_swap(path, folder.temporary_, folder.name_);
  return folder;
}

OutputFolder::OutputFolder(OutputFolder&& other) noexcept
    : name_(std::move(other.name_)),
      target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      existing_(other.existing_) {}

OutputFolder::~OutputFolder() {
  if (temporary_.empty()) return;
  delete_folder(temporary_.c_str());
  unfinished.remove(temporary_.string());
}

Output OutputFolder::file(std::string_view name) const {
  Output output = Output::open({(temporary_ / name).string()}, Existing::refuse);
  output.name_ = (target_ / name).string();  // as messages call it
  return output;
}

void OutputFolder::finish() {
  sync_folder(temporary_);
  // A rename replaces an empty folder, but none that holds something.
  if (::rename(temporary_.c_str(), target_.c_str()) == 0) {
    unfinished.remove(temporary_.string());
    temporary_.clear();
  } else if ((errno != ENOTEMPTY && errno != EEXIST) || existing_ == Existing::refuse) {
    if (errno == ENOTEMPTY || errno == EEXIST) fail_exists(name_);
    fail_errno(ErrorKind::io, name_);
  } else if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) != 0) {
    fail_swap(name_);
  }
  sync_folder(folder_of(target_));  // what the temporary name holds now is the old folder, which the destructor deletes
}

void discard_unfinished() noexcept { unfinished.delete_all(); }

void write_file(const std::filesystem::path& path, std::string_view content, Existing existing) {
  // The prefix keeps a file that is called "-" from being taken for the standard stream.
  Output out = Output::open(Sink{path == "-" ? "./-" : path.string()}, existing);
  out.write(content);
  out.finish();
}

}  // namespace athanor::io
