#include "image/bitmap.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace athanor::image {
namespace {

constexpr int64_t kMaxPixels = int64_t{1} << 27;

/// [H,W,C] samples to [C,H,W] floats.
template <class T>
void spread(const Bitmap& bitmap, std::span<float> planes) {
  const int64_t pixels = bitmap.height * bitmap.width;
  const float half = float(bitmap.max()) / 2;
  for (int64_t c = 0; c < bitmap.channels; ++c) {
    const uint8_t* in = bitmap.samples.data() + c * int64_t(sizeof(T));
    for (int64_t i = 0; i < pixels; ++i, in += bitmap.pixel_bytes()) {
      T value;
      std::memcpy(&value, in, sizeof value);
      planes[c * pixels + i] = float(value) / half - 1.0f;
    }
  }
}

}  // namespace

void check_size(std::string_view format, int64_t height, int64_t width) {
  require(height > 0 && width > 0, "{} image has no pixels", format);
  require(width <= kMaxPixels / height, "{} image of {}x{} pixels is larger than {} megapixels", format, width, height,
          kMaxPixels >> 20);
}

Bitmap blank(std::string_view format, int64_t height, int64_t width, int64_t channels, int depth) {
  check_size(format, height, width);
  Bitmap bitmap{.height = height, .width = width, .channels = channels, .samples = {}, .depth = depth};
  bitmap.samples.resize(size_t(bitmap.count()) * size_t(depth) / 8);
  return bitmap;
}

void to_planes(const Bitmap& bitmap, std::span<float> planes) {
  require(int64_t(planes.size()) == bitmap.count(), "to_planes: {} samples for {} values", bitmap.count(),
          planes.size());
  if (bitmap.depth == 8)
    spread<uint8_t>(bitmap, planes);
  else
    spread<uint16_t>(bitmap, planes);
}

uint16_t to_sample(float value, int max) {
  require(std::isfinite(value), "an image to be drawn holds {}", std::isnan(value) ? "NaN" : "infinity");
  const float top = float(max);
  return uint16_t(std::lround(std::clamp((value + 1.0f) * (top / 2), 0.0f, top)));
}

Bitmap from_planes(std::span<const float> planes, int64_t channels, int64_t height, int64_t width, int depth) {
  require(channels >= 1 && channels <= 4, "an image has 1 to 4 channels, got {}", channels);
  require(int64_t(planes.size()) == element_count(Shape{channels, height, width}),
          "from_planes: {} values for [{},{},{}]", planes.size(), channels, height, width);
  Bitmap bitmap{.height = height, .width = width, .channels = channels, .samples = {}, .depth = depth};
  bitmap.samples.resize(planes.size() * size_t(depth) / 8);
  const int64_t pixels = height * width;
  for (int64_t c = 0; c < channels; ++c)
    for (int64_t i = 0; i < pixels; ++i) bitmap.set(i * channels + c, to_sample(planes[c * pixels + i], bitmap.max()));
  return bitmap;
}

}  // namespace athanor::image
