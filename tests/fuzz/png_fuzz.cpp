// PNG, with the checksums that its chunks ought to have: the fuzzer would find none.
#include <zlib.h>

#include <cstdint>

#include "fuzz/laws.h"

namespace athanor::fuzz {
namespace {

uint32_t big_endian(Bytes bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | std::to_integer<uint32_t>(bytes[at + i]);
  return value;
}

std::vector<std::byte> with_checksums(Bytes bytes) {
  std::vector<std::byte> png(bytes.begin(), bytes.end());
  for (size_t at = 8; png.size() >= 12 && at <= png.size() - 12;) {
    const size_t length = big_endian(png, at);
    if (length > png.size() - 12 - at) break;
    const uint64_t crc = ::crc32(0, reinterpret_cast<const Bytef*>(png.data() + at + 4), uInt(length + 4));
    for (size_t i = 0; i < 4; ++i) png[at + 8 + length + i] = std::byte(crc >> (24 - 8 * i) & 0xff);
    at += length + 12;
  }
  return png;
}

}  // namespace

void run(Bytes bytes) {
  const std::vector<std::byte> png = with_checksums(bytes);
  check_image(png);
  accepted([&] { return image::text_of(png); });
}

}  // namespace athanor::fuzz
