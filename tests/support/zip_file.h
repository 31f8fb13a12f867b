// Zip archives made by hand, each field of which can be made wrong.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/files.h"

namespace athanor::test {

inline uint32_t crc32(std::string_view bytes) {
  uint32_t crc = ~0u;
  for (const char c : bytes) {
    crc ^= uint8_t(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1u ? 0xedb88320u : 0u);
  }
  return ~crc;
}

/// Raw deflate of one block that is not compressed; at most 65,535 bytes.
inline std::string deflated(std::string_view bytes) {
  return '\1' + little_endian(bytes.size(), 2) + little_endian(~bytes.size(), 2) + std::string(bytes);
}

/// An entry; what is not set is as it ought to be.
struct ZipPart {
  std::string name, data;
  bool deflate = false;
  std::string extra = {};  ///< fields in the directory
  std::optional<uint64_t> size = {}, packed = {}, offset = {}, method = {}, flags = {}, disk = {}, crc = {};
  std::optional<std::string> own_name = {};  ///< in the entry's own header
};

/// The records at the end; what is not set is as it ought to be.
struct ZipEnd {
  std::string comment = {};
  std::optional<uint64_t> count = {}, bytes = {}, offset = {}, disk = {}, comment_bytes = {};
  std::string before = {};  ///< bytes between the directory and its end record
};

inline std::string zip_of(const std::vector<ZipPart>& parts, const ZipEnd& end = {}) {
  std::string archive, directory;
  for (const ZipPart& p : parts) {
    const std::string packed = p.deflate ? deflated(p.data) : p.data;
    const std::string own_name = p.own_name.value_or(p.name);
    const std::string sizes = little_endian(p.crc.value_or(crc32(p.data)), 4) +
                              little_endian(p.packed.value_or(packed.size()), 4) +
                              little_endian(p.size.value_or(p.data.size()), 4);
    const std::string method = little_endian(p.method.value_or(p.deflate ? 8 : 0), 2);
    directory += "PK\1\2" + little_endian(20, 2) + little_endian(20, 2) + little_endian(p.flags.value_or(0), 2) +
                 method + little_endian(0, 4) + sizes + little_endian(p.name.size(), 2) +
                 little_endian(p.extra.size(), 2) + little_endian(0, 2) + little_endian(p.disk.value_or(0), 2) +
                 little_endian(0, 6) + little_endian(p.offset.value_or(archive.size()), 4) + p.name + p.extra;
    archive += "PK\3\4" + little_endian(20, 2) + little_endian(p.flags.value_or(0), 2) +
               little_endian(p.deflate ? 8 : 0, 2) + little_endian(0, 4) + sizes + little_endian(own_name.size(), 2) +
               little_endian(0, 2) + own_name + packed;
  }
  const std::string start = little_endian(end.offset.value_or(archive.size()), 4);
  return archive + directory + end.before + "PK\5\6" + little_endian(end.disk.value_or(0), 2) +
         little_endian(end.disk.value_or(0), 2) + little_endian(end.count.value_or(parts.size()), 2) +
         little_endian(end.count.value_or(parts.size()), 2) + little_endian(end.bytes.value_or(directory.size()), 4) +
         start + little_endian(end.comment_bytes.value_or(end.comment.size()), 2) + end.comment;
}

}  // namespace athanor::test
