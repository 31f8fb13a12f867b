// Pictures of 8-bit samples and their coded forms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace athanor::image {

/// Rows of interleaved samples: grey (1 channel) or RGB (3).
struct Bitmap {
  int64_t height = 0, width = 0, channels = 0;
  std::vector<uint8_t> samples;  ///< [height, width, channels]
  uint8_t* at(int64_t y, int64_t x) { return samples.data() + (y * width + x) * channels; }
  const uint8_t* at(int64_t y, int64_t x) const { return samples.data() + (y * width + x) * channels; }
};

/// Decodes PNG or JPEG (by content). Grey stays grey, anything else becomes RGB; 16 bit is rounded to 8, alpha is
/// refused. Throws Error{data}.
Bitmap decode(std::span<const std::byte> bytes);

/// Text chunks of a PNG: keyword → text.
using TextChunks = std::map<std::string, std::string>;
/// "png" or "jpeg" by a file name's suffix; nothing for any other.
std::optional<std::string> image_format_of(std::string_view path);
/// Encodes as "png" (with text chunks, as iTXt) or "jpeg" (quality 95).
std::vector<std::byte> encode(const Bitmap& bitmap, std::string_view format, const TextChunks& text = {});

/// Images as networks see them: float32 [C,H,W] in [-1,1] = x/127.5 − 1.
void to_planes(const Bitmap& bitmap, std::span<float> planes);
/// Back: (v + 1)·127.5 rounded to nearest and clamped. `planes` is [C,H,W]; C is 1 or 3.
Bitmap from_planes(std::span<const float> planes, int64_t channels, int64_t height, int64_t width);

}  // namespace athanor::image
