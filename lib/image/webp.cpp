#include "image/webp.h"

#include <webp/decode.h>
#include <webp/demux.h>
#include <webp/encode.h>

#include <memory>

#include "core/check.h"
#include "image/exif.h"

namespace athanor::image {
namespace {

using Bytes = std::span<const std::byte>;

const uint8_t* raw(Bytes bytes) { return reinterpret_cast<const uint8_t*>(bytes.data()); }

struct DemuxerDelete {
  void operator()(WebPDemuxer* demuxer) const { WebPDemuxDelete(demuxer); }
};
using Demuxer = std::unique_ptr<WebPDemuxer, DemuxerDelete>;

int orientation_of(const Demuxer& demuxer) {
  WebPChunkIterator chunk{};
  int orientation = 1;
  if (WebPDemuxGetChunk(demuxer.get(), "EXIF", 1, &chunk) != 0)
    orientation = exif_orientation(std::as_bytes(std::span(chunk.chunk.bytes, chunk.chunk.size)));
  WebPDemuxReleaseChunkIterator(&chunk);
  return orientation;
}

/// The bitmap as RGB or RGBA: WebP has no other.
std::vector<uint8_t> coloured(const Bitmap& bitmap) {
  const int64_t colours = bitmap.has_alpha() ? 4 : 3;
  std::vector<uint8_t> pixels;
  pixels.reserve(size_t(bitmap.height * bitmap.width * colours));
  const uint8_t* in = bitmap.samples.data();
  for (int64_t i = 0; i < bitmap.height * bitmap.width; ++i, in += bitmap.channels) {
    for (int c = 0; c < 3; ++c) pixels.push_back(bitmap.channels > 2 ? in[c] : in[0]);
    if (colours == 4) pixels.push_back(in[bitmap.channels - 1]);
  }
  return pixels;
}

struct Encoder {
  Encoder() {
    WebPMemoryWriterInit(&writer);
    good = WebPConfigInit(&config) != 0 && WebPConfigLosslessPreset(&config, 6) != 0 && WebPPictureInit(&picture) != 0;
    config.exact = 1;
    picture.use_argb = 1;
    picture.writer = WebPMemoryWrite;
    picture.custom_ptr = &writer;
  }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  ~Encoder() {
    WebPPictureFree(&picture);
    WebPMemoryWriterClear(&writer);
  }
  WebPConfig config{};
  WebPPicture picture{};
  WebPMemoryWriter writer{};
  bool good;
};

}  // namespace

bool looks_like_webp(Bytes bytes) {
  return bytes.size() >= 12 && std::memcmp(bytes.data(), "RIFF", 4) == 0 &&
         std::memcmp(bytes.data() + 8, "WEBP", 4) == 0;
}

Bitmap decode_webp(Bytes bytes) {
  const uint64_t inside =
      uint64_t(bytes[4]) | uint64_t(bytes[5]) << 8 | uint64_t(bytes[6]) << 16 | uint64_t(bytes[7]) << 24;
  require(inside <= bytes.size() - 8, "WebP image ends early");
  WebPBitstreamFeatures features{};
  const VP8StatusCode status = WebPGetFeatures(raw(bytes), bytes.size(), &features);
  require(status == VP8_STATUS_OK, "WebP image is damaged: its header does not decode");
  require(features.has_animation == 0, "WebP image is an animation; extract one picture of it first");
  Bitmap bitmap = blank("WebP", features.height, features.width, features.has_alpha != 0 ? 4 : 3, 8);
  const WebPData data{.bytes = raw(bytes), .size = bytes.size()};
  const Demuxer demuxer(WebPDemux(&data));
  require(demuxer != nullptr, "WebP image is damaged: its parts do not fit together");
  const auto decode_into = features.has_alpha != 0 ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
  const uint8_t* decoded = decode_into(raw(bytes), bytes.size(), bitmap.samples.data(), bitmap.samples.size(),
                                       int(bitmap.width * bitmap.pixel_bytes()));
  require(decoded != nullptr, "WebP image is damaged: it does not decode");
  return upright(std::move(bitmap), orientation_of(demuxer));
}

std::vector<std::byte> encode_webp(const Bitmap& bitmap) {
  require(bitmap.depth == 8, "WebP holds 8 bits a sample, not 16; write PNG, TIFF or PNM");
  require(bitmap.width <= WEBP_MAX_DIMENSION && bitmap.height <= WEBP_MAX_DIMENSION,
          "an image of {}x{} pixels cannot be written as WebP, which holds {} a side", bitmap.width, bitmap.height,
          WEBP_MAX_DIMENSION);
  Encoder encoder;
  encoder.picture.width = int(bitmap.width);
  encoder.picture.height = int(bitmap.height);
  const std::vector<uint8_t> pixels = coloured(bitmap);
  const auto import = bitmap.has_alpha() ? WebPPictureImportRGBA : WebPPictureImportRGB;
  const int stride = int(bitmap.width) * (bitmap.has_alpha() ? 4 : 3);
  const bool good = encoder.good && import(&encoder.picture, pixels.data(), stride) != 0 &&
                    WebPEncode(&encoder.config, &encoder.picture) != 0;
  require(good, "an image of {}x{} pixels cannot be written as WebP", bitmap.width, bitmap.height);
  const Bytes bytes = std::as_bytes(std::span(encoder.writer.mem, encoder.writer.size));
  return {bytes.begin(), bytes.end()};
}

}  // namespace athanor::image
