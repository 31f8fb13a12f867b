// Pictures as rows of samples, and their coded forms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace athanor::image {

/// Rows of interleaved samples: grey (1 channel), grey and alpha (2), RGB (3), RGB and alpha (4), of 8 or 16 bits.
/// Alpha is not multiplied into the colours.
struct Bitmap {
  int64_t height = 0, width = 0, channels = 0;
  std::vector<uint8_t> samples;  ///< [height, width, channels]; two bytes a sample, in this machine's order, at 16 bits
  int depth = 8;                 ///< bits a sample: 8 or 16

  bool has_alpha() const { return channels == 2 || channels == 4; }
  int max() const { return depth == 8 ? 255 : 65535; }
  int64_t pixel_bytes() const { return channels * depth / 8; }
  uint8_t* at(int64_t y, int64_t x) { return samples.data() + (y * width + x) * pixel_bytes(); }
  const uint8_t* at(int64_t y, int64_t x) const { return samples.data() + (y * width + x) * pixel_bytes(); }
  /// Samples in all.
  int64_t count() const { return height * width * channels; }
  /// Sample i of count().
  uint16_t get(int64_t i) const {
    if (depth == 8) return samples[i];
    uint16_t value;
    std::memcpy(&value, samples.data() + 2 * i, 2);
    return value;
  }
  void set(int64_t i, uint16_t value) {
    if (depth == 8)
      samples[i] = uint8_t(value);
    else
      std::memcpy(samples.data() + 2 * i, &value, 2);
  }
};

/// Throws Error{data} when a `format` image has no pixels or more than 128 Mi: before memory is asked for.
void check_size(std::string_view format, int64_t height, int64_t width);
/// A bitmap of zeros. Throws as check_size().
Bitmap blank(std::string_view format, int64_t height, int64_t width, int64_t channels, int depth);

/// Whether bytes (16 are enough) begin like an image that decode() reads.
bool looks_like_image(std::span<const std::byte> bytes);
/// What looks_like_image() looks for, for messages: "PNG, JPEG, WebP, TIFF or PNM".
std::string_view image_formats();

/// Decodes PNG, JPEG, WebP, TIFF and PNM (P1 to P7) by content, upright as EXIF says. Palettes become RGB; fewer than
/// 8 bits become 8. Throws Error{data}: no such image, damaged, cut short, beyond 1 GiB or 128 Mi pixels, animated,
/// several pages, colours of printing, floats.
Bitmap decode(std::span<const std::byte> bytes);

/// Text chunks of a PNG: keyword → text.
using TextChunks = std::map<std::string, std::string>;
/// The texts of a PNG (tEXt as it stands, iTXt plain or compressed); of one keyword the first. Texts that are damaged
/// or unpack to more than 16 MiB are passed over, and any other format has none. Throws Error{data} for a PNG that
/// ends early or whose chunks fail their checksums.
TextChunks text_of(std::span<const std::byte> bytes);
/// "png", "jpeg", "webp", "tiff" or "pnm" by a file name's suffix; nothing for any other.
std::optional<std::string> image_format_of(std::string_view path);
/// The suffix of a file in a format: ".png", ".jpg", ".webp", ".tiff", ".pnm".
std::string suffix_of(std::string_view format);
/// Encodes as "png" (with text chunks, as iTXt), "jpeg" (quality 95), "webp" (lossless, grey as RGB), "tiff" (deflate)
/// or "pnm" (P5, P6). Throws Error{data} for what the format cannot hold: 16 bits in JPEG and WebP, alpha in JPEG
/// and PNM, text in any but PNG, too many pixels.
std::vector<std::byte> encode(const Bitmap& bitmap, std::string_view format, const TextChunks& text = {});

/// Images as networks see them: float32 [C,H,W] in [-1,1] = x/127.5 − 1, of 16 bits x/32767.5 − 1.
void to_planes(const Bitmap& bitmap, std::span<float> planes);
/// A value back: (v + 1)·max/2 rounded to nearest and clamped to 0 … max. Throws Error{data} for NaN and infinity.
uint16_t to_sample(float value, int max);
/// Planes back: (v + 1)·127.5 (of 16 bits 32767.5) rounded to nearest and clamped. `planes` is [C,H,W]; C is 1 to 4.
Bitmap from_planes(std::span<const float> planes, int64_t channels, int64_t height, int64_t width, int depth = 8);

}  // namespace athanor::image
