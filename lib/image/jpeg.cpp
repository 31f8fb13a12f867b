#include "image/jpeg.h"

// jpeglib.h needs these two before it.
#include <cstddef>
#include <cstdio>
// clang-format off
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include <csetjmp>

#include "core/check.h"

namespace athanor::image {
namespace {

constexpr int64_t kMaxPixels = int64_t{1} << 27;
constexpr int kTooLarge = -1, kInk = -2;  // reasons of ours beside libjpeg's message codes

struct Decoder {
  jpeg_error_mgr errors{};  // first: libjpeg hands back its address
  std::jmp_buf escape{};
  int reason = 0;
  jpeg_decompress_struct image{};
};

[[noreturn]] void give_up(Decoder& decoder, int reason) {
  decoder.reason = reason;
  std::longjmp(decoder.escape, 1);
}

[[noreturn]] void on_error(j_common_ptr info) { give_up(*reinterpret_cast<Decoder*>(info->err), info->err->msg_code); }

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

/// False when libjpeg gave up. Nothing here owns memory: longjmp passes over this function.
bool decode_into(Decoder& decoder, std::span<const std::byte> bytes, Bitmap& bitmap) {
  if (setjmp(decoder.escape) != 0) return false;
  jpeg_decompress_struct& image = decoder.image;
  jpeg_create_decompress(&image);
  jpeg_mem_src(&image, reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<unsigned long>(bytes.size()));
  jpeg_read_header(&image, TRUE);
  if (int64_t(image.image_width) * int64_t(image.image_height) > kMaxPixels) give_up(decoder, kTooLarge);
  if (image.num_components > 3) give_up(decoder, kInk);
  image.out_color_space = image.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_start_decompress(&image);
  bitmap.height = image.output_height;
  bitmap.width = image.output_width;
  bitmap.channels = image.output_components;
  bitmap.samples.resize(bitmap.height * bitmap.width * bitmap.channels);
  while (image.output_scanline < image.output_height) {
    JSAMPROW row = bitmap.at(image.output_scanline, 0);
    jpeg_read_scanlines(&image, &row, 1);
  }
  jpeg_finish_decompress(&image);
  return true;
}

}  // namespace

bool looks_like_jpeg(std::span<const std::byte> bytes) {
  return bytes.size() >= 3 && uint8_t(bytes[0]) == 0xff && uint8_t(bytes[1]) == 0xd8 && uint8_t(bytes[2]) == 0xff;
}

Bitmap decode_jpeg(std::span<const std::byte> bytes) {
  Decoder decoder;
  decoder.image.err = jpeg_std_error(&decoder.errors);
  decoder.errors.error_exit = on_error;
  decoder.errors.emit_message = on_remark;
  decoder.errors.output_message = on_print;
  Bitmap bitmap;
  const bool good = decode_into(decoder, bytes, bitmap);
  jpeg_destroy_decompress(&decoder.image);
  if (good) return bitmap;
  require(decoder.reason != kTooLarge, "JPEG image is larger than {} megapixels", kMaxPixels >> 20);
  require(decoder.reason != kInk, "JPEG image is in CMYK, the colours of printing; convert it to RGB first");
  require(decoder.reason != JWRN_JPEG_EOF && decoder.reason != JERR_INPUT_EOF, "JPEG image ends early");
  fail(ErrorKind::data, "JPEG image is damaged: it does not decode");
}

}  // namespace athanor::image
