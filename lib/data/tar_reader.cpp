#include "data/tar_reader.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <cstring>

#include "core/check.h"

namespace athanor::data {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{1} << 30;
constexpr size_t kHead = 16, kPart = 1 << 16;

/// A warning concerns what is not used here, such as the time of a file.
bool is_good(int status) { return status == ARCHIVE_OK || status == ARCHIVE_WARN; }

bool begins(std::span<const std::byte> bytes, size_t at, std::string_view wanted) {
  return bytes.size() >= at + wanted.size() && std::memcmp(bytes.data() + at, wanted.data(), wanted.size()) == 0;
}

}  // namespace

bool looks_like_tar(std::span<const std::byte> bytes) {
  using namespace std::string_view_literals;
  return begins(bytes, 257, "ustar"sv) || begins(bytes, 0, "\x28\xb5\x2f\xfd"sv) ||
         begins(bytes, 0, "\xfd\x37\x7a\x58\x5a\x00"sv);
}

void TarReader::Free::operator()(archive* reader) const { archive_read_free(reader); }

std::ptrdiff_t TarReader::on_read(archive*, void* self, const void** bytes) {
  TarReader& reader = *static_cast<TarReader*>(self);
  try {
    *bytes = reader.part_.data();
    return std::ptrdiff_t(reader.input_.read(reader.part_));
  } catch (...) {
    reader.thrown_ = std::current_exception();  // libarchive is C: nothing may pass through it
    return ARCHIVE_FATAL;
  }
}

TarReader::TarReader(io::Input& input) : input_(input), archive_(archive_read_new()) {
  archive* reader = archive_.get();
  require(reader != nullptr, "libarchive cannot start");
  archive_read_support_filter_zstd(reader);
  archive_read_support_filter_xz(reader);
  archive_read_support_format_tar(reader);
  // What follows an end mark is looked at, since only its own end shows that packed data are whole.
  require(archive_read_set_option(reader, "tar", "read_concatenated_archives", "1") == ARCHIVE_OK,
          "libarchive cannot start");
  const std::span<const std::byte> mapped = input.mapped();
  if (mapped.empty()) part_.resize(kPart);
  const int opened = mapped.empty() ? archive_read_open(reader, this, nullptr, on_read, nullptr)
                                    : archive_read_open_memory(reader, mapped.data(), mapped.size());
  if (opened != ARCHIVE_OK) give_up();
}

void TarReader::give_up() const {
  if (thrown_) std::rethrow_exception(thrown_);
  require(entry_ != nullptr, "holds no tar archive that can be read");
  fail(ErrorKind::data, "tar archive is damaged or ends early after '{}'", name_);
}

bool TarReader::next() {
  archive* reader = archive_.get();
  content_ = {};
  copy_.clear();
  whole_ = false;
  if (entry_ != nullptr && !is_good(archive_read_data_skip(reader))) give_up();
  const int64_t before = archive_filter_bytes(reader, 0);
  archive_entry* entry = nullptr;
  const int status = archive_read_next_header(reader, &entry);
  if (thrown_) give_up();
  if (status == ARCHIVE_EOF) {
    // An archive ends in blocks of zeros; without them it was cut between two entries.
    if (archive_filter_bytes(reader, 0) == before) give_up();
    return false;
  }
  if (!is_good(status)) give_up();
  entry_ = entry;
  const char* name = archive_entry_pathname(entry);
  require(name != nullptr && *name != '\0', "tar archive has an entry without a name");
  name_ = name;
  return true;
}

bool TarReader::is_folder() const { return archive_entry_filetype(entry_) == AE_IFDIR; }
bool TarReader::is_file() const {
  return archive_entry_filetype(entry_) == AE_IFREG && archive_entry_hardlink(entry_) == nullptr;
}
uint64_t TarReader::size() const { return uint64_t(std::max<int64_t>(archive_entry_size(entry_), 0)); }

bool TarReader::read_piece() {
  const void* piece = nullptr;
  size_t size = 0;
  int64_t offset = 0;
  const int status = archive_read_data_block(archive_.get(), &piece, &size, &offset);
  whole_ = status == ARCHIVE_EOF;
  if (!whole_ && !is_good(status)) give_up();
  // Sparse files have holes, which are zeros.
  const uint64_t begin = whole_ ? this->size() : uint64_t(offset);
  require(begin >= content_.size() && begin <= kMaxBytes && size <= kMaxBytes - begin,
          "{}: image file is larger than 1 GiB", name_);
  if (whole_ && begin == content_.size()) return false;
  const auto* bytes = static_cast<const std::byte*>(piece);
  if (content_.empty() && begin == 0 && size == this->size()) {
    content_ = {bytes, size};
    whole_ = true;
    return true;
  }
  copy_.resize(begin);
  if (!whole_) copy_.insert(copy_.end(), bytes, bytes + size);
  content_ = copy_;
  return !whole_;
}

std::span<const std::byte> TarReader::head() {
  while (!whole_ && content_.size() < kHead && read_piece()) {
  }
  return content_;
}

std::span<const std::byte> TarReader::content() {
  require(size() <= kMaxBytes, "{}: image file is larger than 1 GiB", name_);
  while (!whole_ && read_piece()) {
  }
  return content_;
}

}  // namespace athanor::data
