#include "image/jpeg.h"

// jpeglib.h needs these two before it.
#include <cstddef>
#include <cstdio>
// clang-format off
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include <csetjmp>
#include <cstdlib>

#include "core/check.h"
#include "image/exif.h"

namespace athanor::image {
namespace {

constexpr int kQuality = 95, kMaxScans = 500;
constexpr int kInk = -1, kScans = -2;  // reasons of ours beside libjpeg's message codes

/// First in what its owner is: libjpeg hands back its address.
struct Escape {
  jpeg_error_mgr errors{};
  std::jmp_buf point{};
  int reason = 0;
};

[[noreturn]] void give_up(j_common_ptr info, int reason) {
  Escape& escape = *reinterpret_cast<Escape*>(info->err);
  escape.reason = reason;
  std::longjmp(escape.point, 1);
}

[[noreturn]] void on_error(j_common_ptr info) { give_up(info, info->err->msg_code); }

/// Remarks that mean lost pixels are errors; others (padding between segments, odd version numbers) are harmless.
void on_remark(j_common_ptr info, int level) {
  if (level >= 0) return;
  switch (info->err->msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
    case JWRN_NOT_SEQUENTIAL: on_error(info);
    default: return;
  }
}

void on_print(j_common_ptr) {}

/// A file of a few kB can ask for a full pass over all pixels thousands of times.
void on_progress(j_common_ptr info) {
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > kMaxScans) give_up(info, kScans);
}

jpeg_error_mgr* prepare(Escape& escape) {
  jpeg_error_mgr* errors = jpeg_std_error(&escape.errors);
  errors->error_exit = on_error;
  errors->emit_message = on_remark;
  errors->output_message = on_print;
  return errors;
}

struct Decoder {
  Decoder() { image.err = prepare(escape); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { jpeg_destroy_decompress(&image); }
  Escape escape;
  jpeg_progress_mgr progress{};
  jpeg_decompress_struct image{};
  Bitmap bitmap;
  int orientation = 1;
};

int orientation_of(const jpeg_decompress_struct& image) {
  for (const jpeg_marker_struct* marker = image.marker_list; marker != nullptr; marker = marker->next) {
    const std::span<const std::byte> data = std::as_bytes(std::span(marker->data, marker->data_length));
    if (data.size() >= 6 && std::memcmp(data.data(), "Exif\0\0", 6) == 0) return exif_orientation(data);
  }
  return 1;
}

void read_pixels(Decoder& decoder, std::span<const std::byte> bytes) {
  jpeg_decompress_struct& image = decoder.image;
  jpeg_create_decompress(&image);
  decoder.progress.progress_monitor = on_progress;
  image.progress = &decoder.progress;
  jpeg_mem_src(&image, reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<unsigned long>(bytes.size()));
  jpeg_save_markers(&image, JPEG_APP0 + 1, 0xffff);
  jpeg_read_header(&image, TRUE);
  if (image.num_components > 3) give_up(reinterpret_cast<j_common_ptr>(&image), kInk);
  decoder.orientation = orientation_of(image);
  image.out_color_space = image.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  decoder.bitmap = blank("JPEG", image.image_height, image.image_width, image.num_components == 1 ? 1 : 3, 8);
  jpeg_start_decompress(&image);
  while (image.output_scanline < image.output_height) {
    JSAMPROW row = decoder.bitmap.at(image.output_scanline, 0);
    jpeg_read_scanlines(&image, &row, 1);
  }
  jpeg_finish_decompress(&image);
}

/// False when libjpeg gave up. Nothing in the frames that its longjmp passes over owns memory.
bool decode_into(Decoder& decoder, std::span<const std::byte> bytes) {
  if (setjmp(decoder.escape.point) != 0) return false;
  read_pixels(decoder, bytes);
  return true;
}

struct Encoder {
  Encoder() { image.err = prepare(escape); }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  ~Encoder() {
    jpeg_destroy_compress(&image);
    std::free(bytes);
  }
  Escape escape;
  jpeg_compress_struct image{};
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
};

bool encode_into(Encoder& encoder, const Bitmap& bitmap) {
  if (setjmp(encoder.escape.point) != 0) return false;
  jpeg_compress_struct& image = encoder.image;
  jpeg_create_compress(&image);
  jpeg_mem_dest(&image, &encoder.bytes, &encoder.size);
  image.image_width = JDIMENSION(bitmap.width);
  image.image_height = JDIMENSION(bitmap.height);
  image.input_components = int(bitmap.channels);
  image.in_color_space = bitmap.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&image);
  jpeg_set_quality(&image, kQuality, TRUE);
  jpeg_start_compress(&image, TRUE);
  while (image.next_scanline < image.image_height) {
    JSAMPROW row = const_cast<JSAMPROW>(bitmap.at(image.next_scanline, 0));
    jpeg_write_scanlines(&image, &row, 1);
  }
  jpeg_finish_compress(&image);
  return true;
}

}  // namespace

bool looks_like_jpeg(std::span<const std::byte> bytes) {
  return bytes.size() >= 3 && uint8_t(bytes[0]) == 0xff && uint8_t(bytes[1]) == 0xd8 && uint8_t(bytes[2]) == 0xff;
}

Bitmap decode_jpeg(std::span<const std::byte> bytes) {
  Decoder decoder;
  if (decode_into(decoder, bytes)) return upright(std::move(decoder.bitmap), decoder.orientation);
  const int reason = decoder.escape.reason;
  require(reason != kInk, "JPEG image is in CMYK, the colours of printing; convert it to RGB first");
  require(reason != kScans, "JPEG image has more than {} scans", kMaxScans);
  require(reason != JWRN_JPEG_EOF && reason != JERR_INPUT_EOF, "JPEG image ends early");
  fail(ErrorKind::data, "JPEG image is damaged: it does not decode");
}

std::vector<std::byte> encode_jpeg(const Bitmap& bitmap) {
  require(!bitmap.has_alpha(), "JPEG holds no alpha channel; write PNG, WebP or TIFF");
  require(bitmap.depth == 8, "JPEG holds 8 bits a sample, not 16; write PNG, TIFF or PNM");
  Encoder encoder;
  require(encode_into(encoder, bitmap), "an image of {}x{} pixels cannot be written as JPEG", bitmap.width,
          bitmap.height);
  const std::span<const std::byte> bytes = std::as_bytes(std::span(encoder.bytes, encoder.size));
  return {bytes.begin(), bytes.end()};
}

}  // namespace athanor::image
