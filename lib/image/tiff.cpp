#include "image/tiff.h"

#include <tiffio.h>

#include <algorithm>
#include <array>
#include <memory>

#include "core/check.h"
#include "image/exif.h"

namespace athanor::image {
namespace {

using Bytes = std::span<const std::byte>;

/// What libtiff takes for a file. Its complaints are counted, not printed.
struct Memory {
  Bytes in;
  std::vector<std::byte> out;
  bool writing = false;
  uint64_t position = 0;
  bool complaints = false;
  uint64_t size() const { return writing ? out.size() : in.size(); }
};

tmsize_t on_read(thandle_t handle, void* to, tmsize_t n) {
  Memory& file = *static_cast<Memory*>(handle);
  const Bytes from = file.writing ? Bytes(file.out) : file.in;
  const uint64_t left = file.position < from.size() ? from.size() - file.position : 0;
  const size_t count = size_t(std::min<uint64_t>(uint64_t(std::max<tmsize_t>(n, 0)), left));
  if (count > 0) std::memcpy(to, from.data() + file.position, count);
  file.position += count;
  return tmsize_t(count);
}

tmsize_t on_write(thandle_t handle, void* from, tmsize_t n) {
  Memory& file = *static_cast<Memory*>(handle);
  if (!file.writing || n < 0) return -1;
  file.out.resize(std::max<size_t>(file.out.size(), file.position + size_t(n)));
  if (n > 0) std::memcpy(file.out.data() + file.position, from, size_t(n));
  file.position += uint64_t(n);
  return n;
}

toff_t on_seek(thandle_t handle, toff_t offset, int whence) {
  Memory& file = *static_cast<Memory*>(handle);
  file.position = offset + (whence == SEEK_CUR ? file.position : whence == SEEK_END ? file.size() : 0);
  return file.position;
}

int on_close(thandle_t) { return 0; }
toff_t on_size(thandle_t handle) { return static_cast<Memory*>(handle)->size(); }

int on_complaint(TIFF*, void* file, const char*, const char*, va_list) {
  static_cast<Memory*>(file)->complaints = true;
  return 1;
}

struct Close {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using Handle = std::unique_ptr<TIFF, Close>;

Handle open(Memory& file, const char* mode) {
  const std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> options(TIFFOpenOptionsAlloc(),
                                                                                 &TIFFOpenOptionsFree);
  require(options != nullptr, "libtiff cannot start");
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), on_complaint, &file);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), on_complaint, &file);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), tmsize_t{1} << 30);
  return Handle(TIFFClientOpenExt("memory", mode, &file, on_read, on_write, on_seek, on_close, on_size, nullptr,
                                  nullptr, options.get()));
}

/// What the directory says.
struct Layout {
  int64_t width = 0, height = 0;
  int bits = 0, samples = 0, photometric = -1, orientation = 1;
  bool planar = false, alpha = false, multiplied = false;
  int depth() const { return bits == 16 ? 16 : 8; }
};

template <class T>
T tag(TIFF* tiff, uint32_t name, T missing) {
  T value{};
  return TIFFGetFieldDefaulted(tiff, name, &value) == 1 ? value : missing;
}

void check_alpha(TIFF* tiff, Layout& layout) {
  uint16_t count = 0;
  uint16_t* kinds = nullptr;
  const int colours = layout.photometric == PHOTOMETRIC_RGB || layout.photometric == PHOTOMETRIC_YCBCR ? 3 : 1;
  if (layout.samples == colours) return;
  const bool told = TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds) == 1 && count == 1;
  layout.multiplied = told && kinds[0] == EXTRASAMPLE_ASSOCALPHA;
  layout.alpha = told && kinds[0] != EXTRASAMPLE_UNSPECIFIED;
  const bool palette = layout.photometric == PHOTOMETRIC_PALETTE;
  require(layout.samples == colours + 1 && layout.alpha && !palette && layout.bits >= 8,
          "TIFF image has channels beyond colour that are not alpha");
}

/// Refuses what would have to be guessed.
void check_kind(TIFF* tiff, const Layout& layout) {
  constexpr std::array kKnown{COMPRESSION_NONE,      COMPRESSION_LZW,      COMPRESSION_ADOBE_DEFLATE,
                              COMPRESSION_DEFLATE,   COMPRESSION_PACKBITS, COMPRESSION_JPEG,
                              COMPRESSION_ZSTD,      COMPRESSION_LZMA,     COMPRESSION_CCITTRLE,
                              COMPRESSION_CCITTFAX3, COMPRESSION_CCITTFAX4};
  require(TIFFLastDirectory(tiff) != 0, "TIFF file holds more than one image; extract one of them first");
  require((tag<uint32_t>(tiff, TIFFTAG_SUBFILETYPE, 0) & FILETYPE_REDUCEDIMAGE) == 0,
          "TIFF file shows only a thumbnail of its image; convert the image first");
  const int compression = tag<uint16_t>(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
  require(std::ranges::find(kKnown, compression) != kKnown.end() && TIFFIsCODECConfigured(uint16_t(compression)) != 0,
          "TIFF image is packed by method {}, which is not supported", compression);
  const int format = tag<uint16_t>(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
  require(format != SAMPLEFORMAT_IEEEFP, "TIFF image has samples of floating type; expected whole numbers");
  require(format == SAMPLEFORMAT_UINT || format == SAMPLEFORMAT_VOID, "TIFF image has samples that are not unsigned");
  require(layout.photometric != PHOTOMETRIC_SEPARATED,
          "TIFF image is in CMYK, the colours of printing; convert it to RGB first");
  const bool packed_colour = layout.photometric == PHOTOMETRIC_YCBCR && compression == COMPRESSION_JPEG;
  const bool colour = layout.photometric == PHOTOMETRIC_RGB || packed_colour;
  const bool single = layout.photometric == PHOTOMETRIC_MINISBLACK || layout.photometric == PHOTOMETRIC_MINISWHITE ||
                      layout.photometric == PHOTOMETRIC_PALETTE;
  require(colour || single, "TIFF image has colours of kind {}; expected grey, a palette or RGB", layout.photometric);
  const bool small = layout.bits == 1 || layout.bits == 2 || layout.bits == 4;
  const bool whole = layout.bits == 8 || (layout.bits == 16 && layout.photometric != PHOTOMETRIC_PALETTE);
  require(whole || (small && single), "TIFF image has {} bits a sample, which is not supported", layout.bits);
}

Layout read_layout(TIFF* tiff) {
  Layout layout;
  layout.width = tag<uint32_t>(tiff, TIFFTAG_IMAGEWIDTH, 0);
  layout.height = tag<uint32_t>(tiff, TIFFTAG_IMAGELENGTH, 0);
  layout.bits = tag<uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE, 1);
  layout.samples = tag<uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  layout.planar = tag<uint16_t>(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) == PLANARCONFIG_SEPARATE;
  layout.orientation = tag<uint16_t>(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
  uint16_t photometric = 0;
  require(TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric) == 1, "TIFF image does not say what its samples mean");
  layout.photometric = photometric;
  check_kind(tiff, layout);
  check_alpha(tiff, layout);
  if (layout.photometric == PHOTOMETRIC_YCBCR) TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  return layout;
}

/// A strip or tile as libtiff unpacks it.
struct Block {
  int64_t top, left, rows, columns;  ///< of the image that it covers
  int64_t row_bytes;
  int plane;  ///< the only sample that it holds, or -1 for all
};

/// Copies samples as they are stored: palette indices and few bits unscaled.
void copy_block(const Block& block, const std::vector<uint8_t>& data, int bits, Bitmap& stored) {
  const bool all = block.plane < 0;
  const int64_t size = stored.depth / 8, count = block.columns * (all ? stored.channels : 1);
  const int64_t step = all ? 1 : stored.channels;  // samples from one that is written to the next
  for (int64_t y = 0; y < block.rows; ++y) {
    const uint8_t* row = data.data() + y * block.row_bytes;
    uint8_t* to = stored.at(block.top + y, block.left) + (all ? 0 : size * block.plane);
    if (bits < 8)
      for (int64_t i = 0; i < count; ++i)
        to[i * step] = uint8_t(row[i * bits / 8] >> (8 - bits - i * bits % 8) & ((1 << bits) - 1));
    else if (all)
      std::memcpy(to, row, size_t(count * size));
    else
      for (int64_t i = 0; i < count; ++i) std::memcpy(to + i * step * size, row + i * size, size_t(size));
  }
}

constexpr std::string_view kDamaged = "TIFF image is damaged or ends early: its pixels do not decode";

/// The strip or tile must have a place: where the file names too few, libtiff would read the others from its header.
void check_place(TIFF* tiff, uint32_t block) { require(TIFFGetStrileOffset(tiff, block) > 0, "{}", kDamaged); }

void read_tiles(TIFF* tiff, const Layout& layout, Bitmap& stored) {
  const int64_t width = tag<uint32_t>(tiff, TIFFTAG_TILEWIDTH, 0), height = tag<uint32_t>(tiff, TIFFTAG_TILELENGTH, 0);
  // Tiles stand out over an image, but by no more than their usual size.
  constexpr int64_t kUsual = 1024;
  require(width > 0 && height > 0 && width <= std::max(kUsual, layout.width + 15) &&
              height <= std::max(kUsual, layout.height + 15),
          "TIFF image of {}x{} pixels has tiles of {}x{}", layout.width, layout.height, width, height);
  const tmsize_t size = TIFFTileSize(tiff);
  require(size > 0, "{}", kDamaged);
  std::vector<uint8_t> data(static_cast<size_t>(size));
  uint32_t tile = 0;
  for (int plane = 0; plane < (layout.planar ? layout.samples : 1); ++plane)
    for (int64_t top = 0; top < layout.height; top += height)
      for (int64_t left = 0; left < layout.width; left += width) {
        check_place(tiff, tile);
        require(TIFFReadEncodedTile(tiff, tile++, data.data(), size) == size, "{}", kDamaged);
        copy_block({.top = top,
                    .left = left,
                    .rows = std::min(height, layout.height - top),
                    .columns = std::min(width, layout.width - left),
                    .row_bytes = TIFFTileRowSize(tiff),
                    .plane = layout.planar ? plane : -1},
                   data, layout.bits, stored);
      }
}

void read_strips(TIFF* tiff, const Layout& layout, Bitmap& stored) {
  const int64_t height = std::min<int64_t>(tag<uint32_t>(tiff, TIFFTAG_ROWSPERSTRIP, UINT32_MAX), layout.height);
  require(height > 0, "{}", kDamaged);
  const tmsize_t whole = TIFFVStripSize(tiff, uint32_t(height));
  require(whole > 0, "{}", kDamaged);
  std::vector<uint8_t> data(static_cast<size_t>(whole));
  uint32_t strip = 0;
  for (int plane = 0; plane < (layout.planar ? layout.samples : 1); ++plane)
    for (int64_t top = 0; top < layout.height; top += height) {
      const int64_t rows = std::min(height, layout.height - top);
      const tmsize_t size = TIFFVStripSize(tiff, uint32_t(rows));
      check_place(tiff, strip);
      require(size > 0 && size <= whole && TIFFReadEncodedStrip(tiff, strip++, data.data(), size) == size, "{}",
              kDamaged);
      copy_block({.top = top,
                  .left = 0,
                  .rows = rows,
                  .columns = layout.width,
                  .row_bytes = TIFFScanlineSize(tiff),
                  .plane = layout.planar ? plane : -1},
                 data, layout.bits, stored);
    }
}

Bitmap through_palette(TIFF* tiff, const Layout& layout, const Bitmap& indices) {
  std::array<uint16_t*, 3> colours{};
  require(TIFFGetField(tiff, TIFFTAG_COLORMAP, &colours[0], &colours[1], &colours[2]) == 1,
          "TIFF image lacks its palette");
  Bitmap bitmap = blank("TIFF", layout.height, layout.width, 3, 8);
  for (int64_t i = 0; i < indices.count(); ++i)
    for (int c = 0; c < 3; ++c) bitmap.samples[3 * i + c] = uint8_t(colours[c][indices.samples[i]] >> 8);
  return bitmap;
}

/// Stored numbers as samples: 0 is black, the largest white, colours not multiplied by alpha.
void to_samples(const Layout& layout, Bitmap& bitmap) {
  const int scale = layout.bits < 8 ? 255 / ((1 << layout.bits) - 1) : 1, max = bitmap.max();
  const bool inverted = layout.photometric == PHOTOMETRIC_MINISWHITE;
  if (scale == 1 && !inverted && !layout.multiplied) return;
  const int64_t channels = bitmap.channels, colours = channels - (layout.alpha ? 1 : 0);
  for (int64_t pixel = 0; pixel < bitmap.count(); pixel += channels) {
    const int alpha = layout.multiplied ? bitmap.get(pixel + colours) : max;
    for (int64_t i = pixel; i < pixel + colours; ++i) {
      const int stored = bitmap.get(i) * scale;
      const int64_t divided = alpha == 0 ? 0 : (int64_t{stored} * max + alpha / 2) / alpha;
      const int value = int(std::min<int64_t>(divided, max));
      bitmap.set(i, uint16_t(inverted ? max - value : value));
    }
  }
}

}  // namespace

bool looks_like_tiff(Bytes bytes) {
  if (bytes.size() < 4) return false;
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()), 4);
  using namespace std::string_view_literals;
  return head == "II*\0"sv || head == "MM\0*"sv || head == "II+\0"sv || head == "MM\0+"sv;
}

Bitmap decode_tiff(Bytes bytes) {
  Memory file{.in = bytes};
  const Handle tiff = open(file, "rm");
  require(tiff != nullptr, "TIFF image is damaged or ends early: it has no readable directory");
  const Layout layout = read_layout(tiff.get());
  Bitmap bitmap = blank("TIFF", layout.height, layout.width, layout.samples, layout.depth());
  // Unknown tags were worth a remark only; from here on each one means lost pixels.
  file.complaints = false;
  if (TIFFIsTiled(tiff.get()) != 0)
    read_tiles(tiff.get(), layout, bitmap);
  else
    read_strips(tiff.get(), layout, bitmap);
  require(!file.complaints, "{}", kDamaged);
  if (layout.photometric == PHOTOMETRIC_PALETTE)
    bitmap = through_palette(tiff.get(), layout, bitmap);
  else
    to_samples(layout, bitmap);
  return upright(std::move(bitmap), layout.orientation);
}

std::vector<std::byte> encode_tiff(const Bitmap& bitmap) {
  constexpr int64_t kStripBytes = 1 << 16;
  Memory file{.writing = true};
  const Handle tiff = open(file, "w");
  require(tiff != nullptr, "libtiff cannot start");
  TIFF* t = tiff.get();
  const int64_t row_bytes = bitmap.width * bitmap.pixel_bytes();
  const int64_t rows = std::clamp<int64_t>(kStripBytes / row_bytes, 1, bitmap.height);
  TIFFSetField(t, TIFFTAG_IMAGEWIDTH, uint32_t(bitmap.width));
  TIFFSetField(t, TIFFTAG_IMAGELENGTH, uint32_t(bitmap.height));
  TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, bitmap.depth);
  TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, int(bitmap.channels));
  TIFFSetField(t, TIFFTAG_PHOTOMETRIC, bitmap.channels < 3 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB);
  TIFFSetField(t, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(t, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
  TIFFSetField(t, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
  TIFFSetField(t, TIFFTAG_ROWSPERSTRIP, uint32_t(rows));
  const uint16_t alpha = EXTRASAMPLE_UNASSALPHA;
  if (bitmap.has_alpha()) TIFFSetField(t, TIFFTAG_EXTRASAMPLES, 1, &alpha);
  bool good = true;
  std::vector<uint8_t> strip;  // libtiff takes differences in place
  for (int64_t top = 0; good && top < bitmap.height; top += rows) {
    const uint8_t* first = bitmap.at(top, 0);
    strip.assign(first, first + std::min(rows, bitmap.height - top) * row_bytes);
    good = TIFFWriteEncodedStrip(t, uint32_t(top / rows), strip.data(), tmsize_t(strip.size())) >= 0;
  }
  good = good && TIFFFlush(t) != 0 && !file.complaints;
  require(good, "an image of {}x{} pixels cannot be written as TIFF", bitmap.width, bitmap.height);
  return std::move(file.out);
}

}  // namespace athanor::image
