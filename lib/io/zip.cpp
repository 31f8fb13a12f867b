#include "io/zip.h"

#include <libdeflate.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/check.h"
#include "io/little_endian.h"

namespace athanor::io {
namespace {

constexpr std::string_view kLocal{"PK\3\4", 4}, kDescriptor{"PK\7\10", 4}, kCentral{"PK\1\2", 4}, kEnd{"PK\5\6", 4},
    kEnd64{"PK\6\6", 4}, kLocator64{"PK\6\7", 4};
constexpr size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22, kEnd64Bytes = 56, kLocatorBytes = 20;
constexpr uint32_t kInZip64 = 0xffffffffu;   // the true value stands in the Zip64 field
constexpr uint64_t kMaxDeflateRatio = 1032;  // no deflate stream unpacks to more bytes a byte

/// Little-endian numbers in a record whose length has been checked.
class Record {
 public:
  explicit Record(std::span<const std::byte> bytes) : bytes_(bytes) {}
  uint64_t number(size_t at, size_t size) const { return from_little_endian(bytes_.subspan(at), size); }
  uint16_t u16(size_t at) const { return uint16_t(number(at, 2)); }
  uint32_t u32(size_t at) const { return uint32_t(number(at, 4)); }
  uint64_t u64(size_t at) const { return number(at, 8); }
  std::string_view text(size_t at, size_t size) const {
    return {reinterpret_cast<const char*>(bytes_.data()) + at, size};
  }

 private:
  std::span<const std::byte> bytes_;
};

/// The record of `size` bytes at `at`, which must begin with `signature`.
Record record_at(std::span<const std::byte> archive, uint64_t at, size_t size, std::string_view signature) {
  require(at <= archive.size() && archive.size() - at >= size, "the zip archive is damaged: a record is cut short");
  const Record record(archive.subspan(at, size));
  require(record.text(0, 4) == signature, "the zip archive is damaged: a record has the wrong signature");
  return record;
}

/// Where the directory lies, from the record at the archive's end.
struct Place {
  uint64_t offset = 0, bytes = 0, entries = 0;
  uint64_t end = 0;  ///< where the records after it begin
  std::string comment = {};
};

void check_disks(bool one) { require(one, "a zip archive of several disks is not supported"); }

Place find_directory(std::span<const std::byte> archive) {
  const size_t earliest = archive.size() > kEndBytes + 0xffff ? archive.size() - kEndBytes - 0xffff : 0;
  for (size_t at = archive.size() < kEndBytes ? 0 : archive.size() - kEndBytes + 1; at-- > earliest;) {
    const Record end(archive.subspan(at, kEndBytes));
    if (end.text(0, 4) != kEnd || at + kEndBytes + end.u16(20) != archive.size()) continue;
    Place place{.offset = end.u32(16),
                .bytes = end.u32(12),
                .entries = end.u16(10),
                .end = at,
                .comment = std::string(Record(archive).text(at + kEndBytes, end.u16(20)))};
    const bool zip64 = at >= kLocatorBytes && Record(archive).text(at - kLocatorBytes, 4) == kLocator64;
    check_disks(zip64 || (end.u16(4) == 0 && end.u16(6) == 0 && end.u16(8) == end.u16(10)));
    if (!zip64) return place;
    const Record locator = record_at(archive, at - kLocatorBytes, kLocatorBytes, kLocator64);
    place.end = locator.u64(8);
    const Record end64 = record_at(archive, place.end, kEnd64Bytes, kEnd64);
    check_disks(locator.u32(4) == 0 && locator.u32(16) <= 1 && end64.u32(16) == 0 && end64.u32(20) == 0 &&
                end64.u64(24) == end64.u64(32));
    place.offset = end64.u64(48);
    place.bytes = end64.u64(40);
    place.entries = end64.u64(32);
    return place;
  }
  fail(ErrorKind::data, "input ends early: the zip archive lacks its directory");
}

/// Sizes and offset that 32 bits did not hold, from the Zip64 field among the extra fields.
void read_zip64(std::string_view extra, ZipEntry& entry) {
  uint64_t* const wide[] = {&entry.size, &entry.packed, &entry.offset};
  while (extra.size() >= 4) {
    const Record head(std::as_bytes(std::span(extra)));
    const size_t size = head.u16(2);
    require(size <= extra.size() - 4, "the zip archive is damaged: an extra field is cut short");
    if (head.u16(0) == 1) {
      size_t at = 4;
      for (uint64_t* value : wide) {
        if (*value != kInZip64) continue;
        require(at + 8 <= 4 + size, "the zip archive is damaged: a Zip64 field is cut short");
        *value = head.u64(at);
        at += 8;
      }
    }
    extra.remove_prefix(4 + size);
  }
}

/// Turns the offset of the entry's own header into that of its data.
void find_data(std::span<const std::byte> archive, uint64_t directory, uint16_t method, ZipEntry& entry) {
  const Record local = record_at(archive, entry.offset, kLocalBytes, kLocal);
  entry.header = entry.offset;
  const uint64_t start = entry.header + kLocalBytes + local.u16(26) + local.u16(28);
  require(start <= directory && entry.packed <= directory - start, "zip entry {}: its data are cut short",
          in_quotes(entry.name));
  const std::string_view name = Record(archive).text(entry.header + kLocalBytes, local.u16(26));
  require(name == entry.name && local.u16(8) == method, "zip entry {}: its header disagrees with the directory",
          in_quotes(entry.name));
  entry.offset = start;
}

ZipEntry read_entry(std::span<const std::byte> archive, uint64_t directory, std::span<const std::byte> rest,
                    size_t& length) {
  const Record central = record_at(rest, 0, kCentralBytes, kCentral);
  const size_t name = central.u16(28), extra = central.u16(30);
  length = kCentralBytes + name + extra + central.u16(32);
  require(length <= rest.size(), "the zip archive is damaged: its directory is cut short");
  const Record whole(rest);
  ZipEntry entry{.name = std::string(whole.text(kCentralBytes, name)),
                 .offset = central.u32(42),
                 .packed = central.u32(20),
                 .size = central.u32(24),
                 .crc = central.u32(16)};
  const uint16_t method = central.u16(10);
  check_disks(central.u16(34) == 0);
  require((central.u16(8) & 1) == 0, "zip entry {}: is encrypted", in_quotes(entry.name));
  require(method == 0 || method == 8, "zip entry {}: its compression ({}) is not supported", in_quotes(entry.name),
          method);
  read_zip64(whole.text(kCentralBytes + name, extra), entry);
  entry.deflated = method == 8;
  find_data(archive, directory, method, entry);
  require(entry.deflated ? entry.size / kMaxDeflateRatio <= entry.packed : entry.size == entry.packed,
          "zip entry {}: {} bytes cannot unpack to {}", in_quotes(entry.name), entry.packed, entry.size);
  return entry;
}

void check_entries(const std::vector<ZipEntry>& entries) {
  std::set<std::string_view> names;
  std::vector<const ZipEntry*> order;
  for (const ZipEntry& entry : entries) {
    require(names.insert(entry.name).second, "zip entry {}: the name is there twice", in_quotes(entry.name));
    order.push_back(&entry);
  }
  std::ranges::stable_sort(order, {}, &ZipEntry::header);
  for (size_t i = 1; i < order.size(); ++i)
    require(order[i - 1]->offset + order[i - 1]->packed <= order[i]->header,
            "zip entry {}: its bytes overlap another entry's", in_quotes(order[i]->name));
}

/// Little-endian, as all of the archive's numbers are.
std::string le(uint64_t value, size_t size) { return little_endian(value, size); }

constexpr uint16_t kVersion = 45;     // the first that knows Zip64
constexpr uint16_t kFlags = 0x0808u;  // a descriptor follows the data; names are UTF-8
constexpr uint16_t kNewYear1980 = 0x21;

}  // namespace

const ZipEntry* ZipDirectory::find(std::string_view name) const {
  const auto it = std::ranges::find(entries, name, &ZipEntry::name);
  return it == entries.end() ? nullptr : &*it;
}

bool looks_like_zip(std::span<const std::byte> head) {
  if (head.size() < 4) return false;
  const std::string_view signature = Record(head).text(0, 4);
  return signature == kLocal || signature == kEnd;
}

ZipDirectory read_zip_directory(const Input& archive) {
  const std::span<const std::byte> bytes = archive.mapped();
  Place place = find_directory(bytes);
  require(place.offset <= place.end && place.bytes == place.end - place.offset,
          "the zip archive is damaged: its directory does not lie where its end says");
  require(place.entries <= place.bytes / kCentralBytes, "the zip archive is damaged: {} entries in {} bytes",
          place.entries, place.bytes);
  std::span<const std::byte> rest = bytes.subspan(place.offset, place.bytes);
  ZipDirectory directory{
      .entries = {}, .comment = std::move(place.comment), .bytes = place.bytes, .sha256 = sha256(rest)};
  for (uint64_t i = 0; i < place.entries; ++i) {
    size_t length = 0;
    directory.entries.push_back(read_entry(bytes, place.offset, rest, length));
    rest = rest.subspan(length);
  }
  require(rest.empty(), "the zip archive is damaged: its directory has more than {} entries", place.entries);
  check_entries(directory.entries);
  return directory;
}

Input open_entry(const Input& archive, const ZipEntry& entry) {
  if (entry.deflated) return archive.inflated(entry.offset, entry.packed, entry.size, entry.crc);
  return archive.part(entry.offset, entry.size, entry.crc);
}

void read_comment(const std::string& comment, Metadata& metadata) {
  if (!comment.starts_with('{')) return;
  const nlohmann::json json = nlohmann::json::parse(comment, nullptr, false);
  if (!json.is_object()) return;
  for (const auto& [key, value] : json.items())
    if (value.is_string()) metadata[key] = value.get<std::string>();
}

std::string make_comment(const Metadata& metadata) {
  if (metadata.empty()) return "";
  std::string text;
  try {
    text = nlohmann::json(metadata).dump();
  } catch (const nlohmann::json::exception&) {
    fail(ErrorKind::data, "metadata are not UTF-8");
  }
  require(text.size() <= 0xffff,
          "metadata and history of {} bytes do not fit into a zip archive: write safetensors, or give --no-history",
          text.size());
  return text;
}

void ZipWriter::put(std::string_view bytes) {
  output_.write(bytes);
  at_ += bytes.size();
}

void ZipWriter::begin(std::string_view name, uint64_t size, uint64_t alignment) {
  end_entry();
  require(name.size() <= 0xf000, "a name of {} bytes is too long for a zip archive", name.size());
  entries_.push_back({.name = std::string(name), .header = at_, .size = size});
  left_ = size;
  // A Zip64 field holds the sizes; a field of padding brings the data to their place.
  const uint64_t unpadded = at_ + kLocalBytes + name.size() + 20 + 4;
  const uint64_t padding = (alignment - unpadded % alignment) % alignment;
  put(std::string(kLocal) + le(kVersion, 2) + le(kFlags, 2) + le(0, 2) + le(0, 2) + le(kNewYear1980, 2) + le(0, 4) +
      le(kInZip64, 4) + le(kInZip64, 4) + le(name.size(), 2) + le(20 + 4 + padding, 2) + std::string(name) + le(1, 2) +
      le(16, 2) + le(size, 8) + le(size, 8) + "FB" + le(padding, 2) + std::string(padding, 'Z'));
}

void ZipWriter::write(std::span<const std::byte> bytes) {
  require(bytes.size() <= left_, "{}: too many bytes for {}", output_.name(), in_quotes(entries_.back().name));
  output_.write(bytes);
  at_ += bytes.size();
  left_ -= bytes.size();
  Written& entry = entries_.back();
  if (!bytes.empty()) entry.crc = libdeflate_crc32(entry.crc, bytes.data(), bytes.size());
}

void ZipWriter::end_entry() {
  if (entries_.empty()) return;
  const Written& entry = entries_.back();
  require(left_ == 0, "{}: {} lacks {} of its {} bytes", output_.name(), in_quotes(entry.name), left_, entry.size);
  put(std::string(kDescriptor) + le(entry.crc, 4) + le(entry.size, 8) + le(entry.size, 8));
}

void ZipWriter::finish(std::string_view comment) {
  end_entry();
  require(comment.size() <= 0xffff, "{}: a zip comment of {} bytes is too long", output_.name(), comment.size());
  const uint64_t start = at_;
  for (const Written& e : entries_)
    put(std::string(kCentral) + le(kVersion, 2) + le(kVersion, 2) + le(kFlags, 2) + le(0, 2) + le(0, 2) +
        le(kNewYear1980, 2) + le(e.crc, 4) + le(kInZip64, 4) + le(kInZip64, 4) + le(e.name.size(), 2) + le(28, 2) +
        le(0, 2) + le(0, 2) + le(0, 2) + le(0, 4) + le(kInZip64, 4) + e.name + le(1, 2) + le(24, 2) + le(e.size, 8) +
        le(e.size, 8) + le(e.header, 8));
  const uint64_t end = at_;
  put(std::string(kEnd64) + le(kEnd64Bytes - 12, 8) + le(kVersion, 2) + le(kVersion, 2) + le(0, 4) + le(0, 4) +
      le(entries_.size(), 8) + le(entries_.size(), 8) + le(end - start, 8) + le(start, 8));
  put(std::string(kLocator64) + le(0, 4) + le(end, 8) + le(1, 4));
  put(std::string(kEnd) + le(0, 4) + le(0xffff, 2) + le(0xffff, 2) + le(kInZip64, 4) + le(kInZip64, 4) +
      le(comment.size(), 2) + std::string(comment));
}

}  // namespace athanor::io
