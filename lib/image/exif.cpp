#include "image/exif.h"

namespace athanor::image {
namespace {

using Bytes = std::span<const std::byte>;

/// Numbers of either byte order; zero beyond the end.
struct Numbers {
  Bytes bytes;
  bool big;
  uint32_t at(uint64_t offset, int size) const {
    if (offset > bytes.size() || bytes.size() - offset < size_t(size)) return 0;
    uint32_t value = 0;
    for (int i = 0; i < size; ++i) value = value << 8 | uint32_t(bytes[offset + (big ? i : size - 1 - i)]);
    return value;
  }
};

constexpr uint32_t kOrientation = 274, kShort = 3;

}  // namespace

int exif_orientation(Bytes block) {
  if (block.size() >= 6 && std::memcmp(block.data(), "Exif\0\0", 6) == 0) block = block.subspan(6);
  if (block.size() < 8) return 1;
  const bool big = std::memcmp(block.data(), "MM\0*", 4) == 0;
  if (!big && std::memcmp(block.data(), "II*\0", 4) != 0) return 1;
  const Numbers numbers{.bytes = block, .big = big};
  const uint64_t directory = numbers.at(4, 4);
  const uint32_t entries = numbers.at(directory, 2);
  for (uint32_t i = 0; i < entries; ++i) {
    const uint64_t entry = directory + 2 + 12 * uint64_t{i};
    if (numbers.at(entry, 2) != kOrientation) continue;
    const uint32_t value = numbers.at(entry + 8, 2);
    const bool good = numbers.at(entry + 2, 2) == kShort && numbers.at(entry + 4, 4) == 1;
    return good && value >= 1 && value <= 8 ? int(value) : 1;
  }
  return 1;
}

Bitmap upright(Bitmap bitmap, int orientation) {
  if (orientation <= 1 || orientation > 8) return bitmap;
  // Rows and columns of the stored image, as the upright one's (y, x) finds them.
  const bool turned = orientation >= 5;
  const bool last_row_first = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 6;
  const bool last_column_first = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  Bitmap out{.height = turned ? bitmap.width : bitmap.height,
             .width = turned ? bitmap.height : bitmap.width,
             .channels = bitmap.channels,
             .samples = std::vector<uint8_t>(bitmap.samples.size()),
             .depth = bitmap.depth};
  const size_t size = size_t(bitmap.pixel_bytes());
  for (int64_t y = 0; y < out.height; ++y)
    for (int64_t x = 0; x < out.width; ++x) {
      const int64_t row = turned ? x : y, column = turned ? y : x;
      std::memcpy(out.at(y, x),
                  bitmap.at(last_row_first ? bitmap.height - 1 - row : row,
                            last_column_first ? bitmap.width - 1 - column : column),
                  size);
    }
  return out;
}

}  // namespace athanor::image
