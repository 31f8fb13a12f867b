#include "image/png.h"

#include <png.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <csetjmp>

#include "core/check.h"
#include "image/exif.h"

namespace athanor::image {
namespace {

constexpr std::array<uint8_t, 8> kSignature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
constexpr uint64_t kMaxDeflateRatio = 1032;  // no deflate stream unpacks to more bytes a byte
constexpr size_t kMaxText = size_t{16} << 20;

using Bytes = std::span<const std::byte>;

uint32_t big_endian(const std::byte* p) {
  return uint32_t(p[0]) << 24 | uint32_t(p[1]) << 16 | uint32_t(p[2]) << 8 | uint32_t(p[3]);
}

struct Chunk {
  std::string_view type;
  Bytes data;
};

/// The chunk at `offset`, checked.
Chunk chunk_at(Bytes png, size_t offset) {
  require(png.size() - offset >= 12, "PNG image ends early");
  const uint64_t length = big_endian(png.data() + offset);
  require(length <= png.size() - offset - 12, "PNG image ends early");
  const Bytes checked = png.subspan(offset + 4, length + 4);
  const std::string_view type(reinterpret_cast<const char*>(checked.data()), 4);
  const bool letters = std::ranges::all_of(type, [](char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; });
  const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(checked.data()), checked.size());
  require(letters && big_endian(checked.data() + checked.size()) == crc,
          "PNG image is damaged: a chunk fails its checksum");
  return {.type = type, .data = checked.subspan(4)};
}

/// Calls visit(chunk) for all chunks up to IEND, which must be the file's end.
template <class Visit>
void each_chunk(Bytes png, Visit visit) {
  for (size_t offset = kSignature.size();;) {
    const Chunk chunk = chunk_at(png, offset);
    offset += chunk.data.size() + 12;
    visit(chunk);
    if (chunk.type != "IEND") continue;
    require(offset == png.size(), "PNG image is followed by {} bytes that do not belong to it", png.size() - offset);
    return;
  }
}

[[noreturn]] void on_error(png_structp png, png_const_charp) { png_longjmp(png, 1); }
void on_warning(png_structp, png_const_charp) {}

/// What libpng works with. Nothing in the frames that its longjmp passes over owns memory.
struct Decoder {
  explicit Decoder(Bytes bytes) : left(bytes) {}
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, on_error, on_warning);
  png_infop info = png_create_info_struct(png);
  Bytes left;
  Bitmap bitmap;
};

void on_read(png_structp png, png_bytep out, size_t n) {
  Bytes& left = static_cast<Decoder*>(png_get_io_ptr(png))->left;
  if (n > left.size()) png_error(png, "ends early");
  std::memcpy(out, left.data(), n);
  left = left.subspan(n);
}

void read_pixels(Decoder& decoder, uint64_t packed) {
  png_structp png = decoder.png;
  png_infop info = decoder.info;
  png_set_read_fn(png, &decoder, on_read);
  // Checksums are checked already; texts and profiles only make libpng talk; all other complaints are errors.
  png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  png_set_benign_errors(png, 0);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_read_info(png, info);
  const int64_t height = png_get_image_height(png, info), width = png_get_image_width(png, info);
  const int depth = png_get_bit_depth(png, info) == 16 ? 16 : 8;
  check_size("PNG", height, width);  // libpng asks for memory a row long before we ask for an image
  require(png_get_rowbytes(png, info) <= packed * kMaxDeflateRatio / uint64_t(height),
          "PNG image is too short for {}x{} pixels", width, height);
  png_set_expand(png);
  if (depth == 16 && std::endian::native == std::endian::little) png_set_swap(png);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  decoder.bitmap = blank("PNG", height, width, png_get_channels(png, info), depth);
  for (int pass = 0; pass < passes; ++pass)
    for (int64_t y = 0; y < height; ++y) png_read_row(png, decoder.bitmap.at(y, 0), nullptr);
  png_read_end(png, nullptr);
}

/// False when libpng gave up.
bool decode_into(Decoder& decoder, uint64_t packed) {
  if (setjmp(png_jmpbuf(decoder.png)) != 0) return false;
  read_pixels(decoder, packed);
  return true;
}

struct Encoder {
  Encoder() = default;
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  ~Encoder() { png_destroy_write_struct(&png, &info); }
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, on_error, on_warning);
  png_infop info = png_create_info_struct(png);
  std::vector<png_text> texts;
  std::vector<std::byte> out;
};

void on_write(png_structp png, png_bytep bytes, size_t n) {
  std::vector<std::byte>& out = static_cast<Encoder*>(png_get_io_ptr(png))->out;
  const std::byte* first = reinterpret_cast<const std::byte*>(bytes);
  out.insert(out.end(), first, first + n);
}
void on_flush(png_structp) {}

bool encode_into(Encoder& encoder, const Bitmap& bitmap) {
  constexpr int kColours[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGBA};
  if (setjmp(png_jmpbuf(encoder.png)) != 0) return false;
  png_structp png = encoder.png;
  png_set_write_fn(png, &encoder, on_write, on_flush);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_compression_level(png, 6);
  png_set_IHDR(png, encoder.info, png_uint_32(bitmap.width), png_uint_32(bitmap.height), bitmap.depth,
               kColours[bitmap.channels - 1], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_set_text(png, encoder.info, encoder.texts.data(), int(encoder.texts.size()));
  png_write_info(png, encoder.info);
  if (bitmap.depth == 16 && std::endian::native == std::endian::little) png_set_swap(png);
  for (int64_t y = 0; y < bitmap.height; ++y) png_write_row(png, bitmap.at(y, 0));
  png_write_end(png, nullptr);
  return true;
}

/// Nothing when the stream is damaged or unpacks to more than kMaxText.
std::optional<std::string> inflated(std::string_view packed) {
  std::string text;
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return {};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = uInt(packed.size());
  std::array<char, 4096> part;
  int status = Z_OK;
  while (status == Z_OK && text.size() <= kMaxText) {
    stream.next_out = reinterpret_cast<Bytef*>(part.data());
    stream.avail_out = uInt(part.size());
    status = inflate(&stream, Z_NO_FLUSH);
    text.append(part.data(), part.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END || text.size() > kMaxText) return {};
  return text;
}

/// Cuts the part before the next zero byte off `text`; nothing when there is none.
std::optional<std::string_view> next_word(std::string_view& text) {
  const size_t end = text.find('\0');
  if (end == std::string_view::npos) return {};
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end + 1);
  return word;
}

void add_text(const Chunk& chunk, TextChunks& texts) {
  std::string_view rest(reinterpret_cast<const char*>(chunk.data.data()), chunk.data.size());
  const std::optional<std::string_view> keyword = next_word(rest);
  if (!keyword || rest.size() > kMaxText) return;
  if (chunk.type == "tEXt") {
    texts.emplace(*keyword, rest);
    return;
  }
  // Whether compressed and how, language, translated keyword.
  if (rest.size() < 2) return;
  const bool packed = rest[0] != 0;
  rest.remove_prefix(2);
  if (!next_word(rest) || !next_word(rest)) return;
  if (!packed) {
    texts.emplace(*keyword, rest);
  } else if (std::optional<std::string> text = inflated(rest)) {
    texts.emplace(*keyword, std::move(*text));
  }
}

}  // namespace

bool looks_like_png(Bytes bytes) {
  return bytes.size() >= kSignature.size() && std::memcmp(bytes.data(), kSignature.data(), kSignature.size()) == 0;
}

Bitmap decode_png(Bytes bytes) {
  uint64_t packed = 0;
  int orientation = 1;
  each_chunk(bytes, [&](const Chunk& chunk) {
    if (chunk.type == "IDAT") packed += chunk.data.size();
    if (chunk.type == "eXIf") orientation = exif_orientation(chunk.data);
  });
  Decoder decoder(bytes);
  require(decoder.info != nullptr, "libpng cannot start");
  require(decode_into(decoder, packed), "PNG image is damaged: it does not decode");
  return upright(std::move(decoder.bitmap), orientation);
}

std::vector<std::byte> encode_png(const Bitmap& bitmap, const TextChunks& text) {
  Encoder encoder;
  require(encoder.info != nullptr, "libpng cannot start");
  for (const auto& [keyword, content] : text) {
    require(!keyword.empty() && keyword.size() < 80, "PNG keyword '{}' is not 1 to 79 bytes long", keyword);
    require(content.size() < (1u << 30), "PNG text '{}' is too long", keyword);
    png_text& entry = encoder.texts.emplace_back();
    entry.compression = PNG_ITXT_COMPRESSION_NONE;
    entry.key = const_cast<char*>(keyword.c_str());
    entry.text = const_cast<char*>(content.c_str());
    entry.itxt_length = content.size();
  }
  require(encode_into(encoder, bitmap), "an image of {}x{} pixels cannot be written as PNG", bitmap.width,
          bitmap.height);
  return std::move(encoder.out);
}

TextChunks text_of(Bytes bytes) {
  TextChunks texts;
  if (!looks_like_png(bytes)) return texts;
  each_chunk(bytes, [&](const Chunk& chunk) {
    if (chunk.type == "tEXt" || chunk.type == "iTXt") add_text(chunk, texts);
  });
  return texts;
}

}  // namespace athanor::image
