// One picture format of several, chosen by content when reading and by name when writing.
#include <algorithm>
#include <array>

#include "core/check.h"
#include "image/bitmap.h"
#include "image/jpeg.h"
#include "image/png.h"
#include "image/pnm.h"
#include "image/tiff.h"
#include "image/webp.h"

namespace athanor::image {
namespace {

using Bytes = std::span<const std::byte>;

struct Codec {
  std::string_view name;
  bool (*looks_like)(Bytes);
  Bitmap (*decode)(Bytes);
  std::vector<std::byte> (*encode)(const Bitmap&, const TextChunks&);
};

/// For formats that hold no text.
template <std::vector<std::byte> (*Encode)(const Bitmap&)>
std::vector<std::byte> without_text(const Bitmap& bitmap, const TextChunks& text) {
  require(text.empty(), "text can be written into PNG images only");
  return Encode(bitmap);
}

constexpr std::array<Codec, 5> kCodecs{{
    {"png", looks_like_png, decode_png, encode_png},
    {"jpeg", looks_like_jpeg, decode_jpeg, without_text<encode_jpeg>},
    {"webp", looks_like_webp, decode_webp, without_text<encode_webp>},
    {"tiff", looks_like_tiff, decode_tiff, without_text<encode_tiff>},
    {"pnm", looks_like_pnm, decode_pnm, without_text<encode_pnm>},
}};

struct Suffix {
  std::string_view suffix, format;
};
constexpr std::array<Suffix, 9> kSuffixes{{{".png", "png"},
                                           {".jpg", "jpeg"},
                                           {".jpeg", "jpeg"},
                                           {".webp", "webp"},
                                           {".tif", "tiff"},
                                           {".tiff", "tiff"},
                                           {".pnm", "pnm"},
                                           {".pgm", "pnm"},
                                           {".ppm", "pnm"}}};

const Codec* codec_of(Bytes bytes) {
  const auto it = std::ranges::find_if(kCodecs, [&](const Codec& codec) { return codec.looks_like(bytes); });
  return it == kCodecs.end() ? nullptr : &*it;
}

}  // namespace

bool looks_like_image(Bytes bytes) { return codec_of(bytes) != nullptr; }

std::string_view image_formats() { return "PNG, JPEG, WebP, TIFF or PNM"; }

Bitmap decode(Bytes bytes) {
  require(bytes.size() <= (1u << 30), "image file is larger than 1 GiB");
  const Codec* codec = codec_of(bytes);
  require(codec != nullptr, "not a {} image", image_formats());
  return codec->decode(bytes);
}

std::optional<std::string> image_format_of(std::string_view path) {
  const size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return {};
  std::string suffix(path.substr(dot));
  for (char& c : suffix) c = char(c >= 'A' && c <= 'Z' ? c + 32 : c);
  const auto it = std::ranges::find(kSuffixes, suffix, &Suffix::suffix);
  if (it == kSuffixes.end()) return {};
  return std::string(it->format);
}

std::string suffix_of(std::string_view format) {
  const auto it = std::ranges::find(kSuffixes, format, &Suffix::format);
  require(it != kSuffixes.end(), "'{}' is not an image format", format);
  return std::string(it->suffix);
}

std::vector<std::byte> encode(const Bitmap& bitmap, std::string_view format, const TextChunks& text) {
  const auto codec = std::ranges::find(kCodecs, format, &Codec::name);
  require(codec != kCodecs.end(), "'{}' is not an image format that can be written", format);
  require(bitmap.channels >= 1 && bitmap.channels <= 4, "an image to be written has {} channels", bitmap.channels);
  require(bitmap.depth == 8 || bitmap.depth == 16, "an image to be written has {} bits a sample", bitmap.depth);
  require(int64_t(bitmap.samples.size()) == bitmap.height * bitmap.width * bitmap.pixel_bytes() && bitmap.height > 0 &&
              bitmap.width > 0,
          "an image of {}x{} pixels to be written has {} bytes", bitmap.width, bitmap.height, bitmap.samples.size());
  return codec->encode(bitmap, text);
}

}  // namespace athanor::image
