#include "cli/files.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "core/error.h"
#include "io/input.h"

namespace athanor::cli {
namespace {

/// A file given on the command line, and by which field.
struct Given {
  std::string path, label;
  FieldKind kind;
};

std::vector<Given> files_given(const std::vector<Field>& fields, bool (*wanted)(const Field&)) {
  std::vector<Given> given;
  for (const Field& field : fields) {
    if (!wanted(field)) continue;
    for (const std::string& path : field.get())
      if (!path.empty()) given.push_back({path, field.label(), field.kind});
  }
  return given;
}

bool is_input(const Field& field) { return field.kind == FieldKind::input; }

/// SHA-256 of a regular file's bytes as they lie on disk; nothing for anything else.
std::string hash_of_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status = {};
  if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    if (fd >= 0) ::close(fd);
    return "";
  }
  const auto bytes = size_t(status.st_size);
  void* start = bytes > 0 ? mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, fd, 0) : nullptr;
  ::close(fd);
  if (start == MAP_FAILED) fail_errno(ErrorKind::io, path);
  const std::string hash = io::sha256({static_cast<const std::byte*>(start), bytes});
  if (start) munmap(start, bytes);
  return hash;
}

}  // namespace

bool is_output(const Field& field) { return field.kind == FieldKind::output || field.kind == FieldKind::resumable; }

bool has_output(const std::vector<Field>& fields) { return std::ranges::any_of(fields, is_output); }

void check_inputs(const std::vector<Field>& fields) {
  std::string reader;
  for (const auto& [path, label, kind] : files_given(fields, is_input)) {
    if (path != "-") continue;
    if (!reader.empty())
      fail(ErrorKind::usage, "standard input can be read once only, but {} and {} are both '-'", reader, label);
    reader = label;
  }
  if (!reader.empty() && isatty(STDIN_FILENO))
    fail(ErrorKind::usage, "standard input is a terminal: give a file or pipe data in");
}

void check_outputs(const std::vector<Field>& fields, io::Existing existing) {
  std::map<std::string, std::string> writer;
  for (const auto& [path, label, kind] : files_given(fields, is_output)) {
    const auto [other, is_new] = writer.emplace(path, label);
    if (!is_new) fail(ErrorKind::usage, "{} and {} both write to '{}'", other->second, label, path);
    if (kind == FieldKind::output && !path.ends_with('/')) io::check_output({path}, existing);
  }
}

std::vector<io::InputRecord> with_whole_hashes(std::vector<io::InputRecord> records, const std::vector<Field>& fields) {
  std::multimap<std::string, std::string> paths;  // records hold no folders
  for (const Given& input : files_given(fields, is_input))
    paths.emplace(std::filesystem::path(input.path).filename(), input.path);
  for (io::InputRecord& record : records) {
    const auto found = paths.find(record.name);
    if (found == paths.end()) continue;
    const std::string hash = hash_of_file(found->second);
    if (!hash.empty()) record.header_sha256 = hash;
    paths.erase(found);
  }
  return records;
}

}  // namespace athanor::cli
