// Whole numbers as bytes, lowest first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace athanor::io {

/// The number in the first `size` bytes, at most 8.
inline uint64_t from_little_endian(std::span<const std::byte> bytes, size_t size) {
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;) value = value << 8 | std::to_integer<uint64_t>(bytes[i]);
  return value;
}
/// The lowest `size` bytes of a number.
inline std::string little_endian(uint64_t value, size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = char(value >> (8 * i) & 0xff);
  return bytes;
}

}  // namespace athanor::io
