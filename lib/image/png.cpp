#include "image/png.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "core/check.h"

namespace athanor::image {
namespace {

constexpr std::array<uint8_t, 8> kSignature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
constexpr int64_t kMaxPixels = int64_t{1} << 27;
constexpr uint64_t kMaxDeflateRatio = 1032;  // no deflate stream unpacks to more bytes a byte

using Bytes = std::span<const std::byte>;

struct Chunk {
  std::string_view type;
  Bytes data, whole;
  bool critical() const { return (type[0] & 0x20) == 0; }
};

struct Header {
  int64_t width, height;
  int depth, colour, interlace;
  int channels() const { return colour == 2 ? 3 : 1; }
  uint64_t row_bytes(int64_t pixels) const { return (uint64_t(pixels) * channels() * depth + 7) / 8; }
};

uint32_t big_endian(const std::byte* p) {
  return uint32_t(p[0]) << 24 | uint32_t(p[1]) << 16 | uint32_t(p[2]) << 8 | uint32_t(p[3]);
}

void append(std::vector<std::byte>& out, Bytes bytes) {
  const size_t before = out.size();
  out.resize(before + bytes.size());
  if (!bytes.empty()) std::memcpy(out.data() + before, bytes.data(), bytes.size());
}

void append_big_endian(std::vector<std::byte>& out, uint32_t value) {
  const std::array<std::byte, 4> bytes{std::byte(value >> 24), std::byte(value >> 16), std::byte(value >> 8),
                                       std::byte(value)};
  append(out, bytes);
}

uint32_t crc_of(Bytes bytes) {
  return uint32_t(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

/// The chunk at `offset`, checked.
Chunk chunk_at(Bytes png, size_t offset) {
  require(png.size() - offset >= 12, "PNG image ends early");
  const uint64_t length = big_endian(png.data() + offset);
  require(length <= png.size() - offset - 12, "PNG image ends early");
  const Bytes checked = png.subspan(offset + 4, length + 4);
  const std::string_view type(reinterpret_cast<const char*>(checked.data()), 4);
  const bool letters = std::ranges::all_of(type, [](char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; });
  require(letters && big_endian(checked.data() + checked.size()) == crc_of(checked),
          "PNG image is damaged: a chunk fails its checksum");
  return {.type = type, .data = checked.subspan(4), .whole = png.subspan(offset, length + 12)};
}

/// Chunks up to IEND, which must be the file's end.
std::vector<Chunk> chunks_of(Bytes png) {
  std::vector<Chunk> chunks;
  size_t offset = kSignature.size();
  while (chunks.empty() || chunks.back().type != "IEND") {
    chunks.push_back(chunk_at(png, offset));
    offset += chunks.back().whole.size();
  }
  require(offset == png.size(), "PNG image is followed by {} bytes that do not belong to it", png.size() - offset);
  return chunks;
}

Header header_of(const Chunk& chunk) {
  require(chunk.type == "IHDR" && chunk.data.size() == 13, "PNG image does not begin with its header");
  const std::byte* p = chunk.data.data();
  const Header h{.width = big_endian(p),
                 .height = big_endian(p + 4),
                 .depth = int(p[8]),
                 .colour = int(p[9]),
                 .interlace = int(p[12])};
  require(h.colour != 4 && h.colour != 6, "PNG image has an alpha channel; flatten it onto a background first");
  const bool small_depth = h.depth == 1 || h.depth == 2 || h.depth == 4;
  const bool legal = h.depth == 8 || (h.depth == 16 && h.colour != 3) || (small_depth && h.colour != 2);
  require(legal && (h.colour == 0 || h.colour == 2 || h.colour == 3) && int(p[10]) == 0 && int(p[11]) == 0 &&
              h.interlace <= 1,
          "PNG image has a header that the format does not know");
  require(h.width > 0 && h.height > 0, "PNG image has no pixels");
  require(h.width <= kMaxPixels / h.height, "PNG image of {}x{} pixels is larger than {} megapixels", h.width, h.height,
          kMaxPixels >> 20);
  return h;
}

/// A pass of rows: the whole image, or one of Adam7's seven.
struct Pass {
  int64_t width, height;
};

std::vector<Pass> passes_of(const Header& h) {
  if (h.interlace == 0) return {{h.width, h.height}};
  constexpr int kStart[7][2] = {{0, 0}, {4, 0}, {0, 4}, {2, 0}, {0, 2}, {1, 0}, {0, 1}};
  constexpr int kStep[7][2] = {{8, 8}, {8, 8}, {4, 8}, {4, 4}, {2, 4}, {2, 2}, {1, 2}};
  std::vector<Pass> passes;
  for (int i = 0; i < 7; ++i) {
    const Pass pass{(h.width - kStart[i][0] + kStep[i][0] - 1) / kStep[i][0],
                    (h.height - kStart[i][1] + kStep[i][1] - 1) / kStep[i][1]};
    if (pass.width > 0 && pass.height > 0) passes.push_back(pass);
  }
  return passes;
}

std::vector<uint8_t> unpacked(const std::vector<Chunk>& chunks, uint64_t size) {
  std::vector<uint8_t> rows(size + 1);  // one byte more shows data that go on
  z_stream stream{};
  require(inflateInit(&stream) == Z_OK, "zlib cannot start");
  stream.next_out = rows.data();
  int status = Z_OK;
  for (const Chunk& chunk : chunks) {
    if (chunk.type != "IDAT" || status != Z_OK) continue;
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(chunk.data.data()));
    stream.avail_in = uInt(chunk.data.size());
    while (stream.avail_in > 0 && status == Z_OK) {
      stream.avail_out = uInt(std::min<uint64_t>(rows.size() - stream.total_out, 1u << 30));
      status = inflate(&stream, Z_NO_FLUSH);
    }
  }
  inflateEnd(&stream);
  require(status == Z_STREAM_END && stream.total_out == size, "PNG image is damaged: its pixels do not unpack");
  return rows;
}

void check_pixels(const Header& header, const std::vector<Chunk>& chunks) {
  const std::vector<Pass> passes = passes_of(header);
  uint64_t expected = 0, packed = 0;
  for (const Pass& pass : passes) expected += uint64_t(pass.height) * (1 + header.row_bytes(pass.width));
  for (const Chunk& chunk : chunks) packed += chunk.type == "IDAT" ? chunk.data.size() : 0;
  require(expected <= packed * kMaxDeflateRatio, "PNG image is too short for {}x{} pixels", header.width,
          header.height);
  const std::vector<uint8_t> rows = unpacked(chunks, expected);
  const uint8_t* row = rows.data();
  for (const Pass& pass : passes)
    for (int64_t y = 0; y < pass.height; ++y, row += 1 + header.row_bytes(pass.width))
      require(*row <= 4, "PNG image is damaged: row {} has an unknown filter", y);
}

}  // namespace

bool looks_like_png(Bytes bytes) {
  return bytes.size() >= kSignature.size() && std::memcmp(bytes.data(), kSignature.data(), kSignature.size()) == 0;
}

std::vector<std::byte> checked_png(Bytes bytes) {
  const std::vector<Chunk> chunks = chunks_of(bytes);
  const Header header = header_of(chunks.front());
  std::vector<std::byte> out;
  append(out, bytes.first(kSignature.size()));
  bool palette = false;
  for (const Chunk& chunk : chunks) {
    require(chunk.type != "tRNS", "PNG image has transparent pixels; flatten it onto a background first");
    if (!chunk.critical()) continue;  // colour profiles and texts only make decoders talk
    const bool known = chunk.type == "IHDR" || chunk.type == "PLTE" || chunk.type == "IDAT" || chunk.type == "IEND";
    require(known, "PNG image has an unknown critical chunk '{}'", chunk.type);
    require(&chunk == &chunks.front() || chunk.type != "IHDR", "PNG image has two headers");
    if (chunk.type == "PLTE") {
      require(!palette && chunk.data.size() % 3 == 0 && chunk.data.size() >= 3 && chunk.data.size() <= 768,
              "PNG image has a damaged palette");
      palette = true;
      if (header.colour != 3) continue;  // a suggestion for screens of few colours
    }
    append(out, chunk.whole);
  }
  require(header.colour != 3 || palette, "PNG image lacks its palette");
  check_pixels(header, chunks);
  return out;
}

std::vector<std::byte> with_text(Bytes png, const TextChunks& text) {
  const std::vector<Chunk> chunks = chunks_of(png);
  std::vector<std::byte> out;
  append(out, png.first(kSignature.size()));
  bool written = false;
  for (const Chunk& chunk : chunks) {
    if (chunk.type == "IDAT" && !written) {
      for (const auto& [keyword, content] : text) {
        require(!keyword.empty() && keyword.size() < 80, "PNG keyword '{}' is not 1 to 79 bytes long", keyword);
        require(content.size() < (1u << 30), "PNG text '{}' is too long", keyword);
        // Keyword, 0, not compressed (two zeros), no language, no translated keyword.
        const std::string data = "iTXt" + keyword + std::string(5, '\0') + content;
        append_big_endian(out, uint32_t(data.size() - 4));
        append(out, std::as_bytes(std::span(data)));
        append_big_endian(out, crc_of(std::as_bytes(std::span(data))));
      }
      written = true;
    }
    append(out, chunk.whole);
  }
  return out;
}

}  // namespace athanor::image
