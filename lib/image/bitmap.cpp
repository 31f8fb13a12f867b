#include "image/bitmap.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>

#include "core/check.h"
#include "image/jpeg.h"
#include "image/png.h"

namespace athanor::image {
namespace {

/// OpenCV throws what it also prints; the line on stderr is ours to write.
void silence_opencv() {
  static const bool done = [] {
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    cv::redirectError([](int, const char*, const char*, const char*, int, void*) { return 0; });
    return true;
  }();
  static_cast<void>(done);
}

cv::Mat decode_checked(std::span<const std::byte> bytes) {
  silence_opencv();
  const cv::Mat coded(1, int(bytes.size()), CV_8U, const_cast<std::byte*>(bytes.data()));
  try {
    return cv::imdecode(coded, cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception&) {
    return {};
  }
}

/// Swaps between OpenCV's BGR and RGB while it copies.
template <class T, class Convert>
void copy_samples(const cv::Mat& from, Bitmap& to, Convert convert) {
  for (int64_t y = 0; y < to.height; ++y) {
    const T* in = from.ptr<T>(int(y));
    uint8_t* out = to.at(y, 0);
    if (to.channels == 1) {
      std::transform(in, in + to.width, out, convert);
      continue;
    }
    for (int64_t x = 0; x < to.width; ++x, in += 3, out += 3)
      for (int c = 0; c < 3; ++c) out[c] = convert(in[2 - c]);
  }
}

}  // namespace

Bitmap decode(std::span<const std::byte> bytes) {
  require(bytes.size() < (1u << 30), "image file is larger than 1 GiB");
  if (looks_like_jpeg(bytes)) return decode_jpeg(bytes);
  require(looks_like_png(bytes), "not a PNG or JPEG image");
  const cv::Mat mat = decode_checked(checked_png(bytes));
  require(!mat.empty(), "PNG image is damaged: it does not decode");
  Bitmap bitmap{.height = mat.rows, .width = mat.cols, .channels = mat.channels(), .samples = {}};
  const bool eight = mat.depth() == CV_8U;
  require((bitmap.channels == 1 || bitmap.channels == 3) && (eight || mat.depth() == CV_16U),
          "PNG image has samples of a kind that is not supported");
  bitmap.samples.resize(bitmap.height * bitmap.width * bitmap.channels);
  if (eight)
    copy_samples<uint8_t>(mat, bitmap, [](uint8_t v) { return v; });
  else
    copy_samples<uint16_t>(mat, bitmap, [](uint16_t v) { return uint8_t((v + 128) / 257); });
  return bitmap;
}

std::optional<std::string> image_format_of(std::string_view path) {
  const size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return {};
  std::string suffix(path.substr(dot));
  for (char& c : suffix) c = char(c >= 'A' && c <= 'Z' ? c + 32 : c);
  if (suffix == ".png") return "png";
  if (suffix == ".jpg" || suffix == ".jpeg") return "jpeg";
  return {};
}

std::vector<std::byte> encode(const Bitmap& bitmap, std::string_view format, const TextChunks& text) {
  require(format == "png" || format == "jpeg", "'{}' is not an image format that can be written", format);
  require(bitmap.channels == 1 || bitmap.channels == 3, "an image to be written has {} channels", bitmap.channels);
  silence_opencv();
  cv::Mat mat(int(bitmap.height), int(bitmap.width), bitmap.channels == 1 ? CV_8UC1 : CV_8UC3);
  for (int64_t y = 0; y < bitmap.height; ++y) {
    const uint8_t* in = bitmap.at(y, 0);
    uint8_t* out = mat.ptr<uint8_t>(int(y));
    for (int64_t x = 0; x < bitmap.width * bitmap.channels; x += bitmap.channels)
      for (int64_t c = 0; c < bitmap.channels; ++c) out[x + c] = in[x + bitmap.channels - 1 - c];
  }
  const bool png = format == "png";
  std::vector<uint8_t> coded;
  bool good = false;
  try {
    good = png ? cv::imencode(".png", mat, coded, {cv::IMWRITE_PNG_COMPRESSION, 6})
               : cv::imencode(".jpg", mat, coded, {cv::IMWRITE_JPEG_QUALITY, 95});
  } catch (const cv::Exception&) {
  }
  require(good, "an image of {}x{} pixels cannot be written as {}", bitmap.width, bitmap.height, png ? "PNG" : "JPEG");
  const std::span<const std::byte> bytes = std::as_bytes(std::span(coded));
  if (png && !text.empty()) return with_text(bytes, text);
  return {bytes.begin(), bytes.end()};
}

void to_planes(const Bitmap& bitmap, std::span<float> planes) {
  require(planes.size() == bitmap.samples.size(), "to_planes: {} samples for {} values", bitmap.samples.size(),
          planes.size());
  const int64_t pixels = bitmap.height * bitmap.width;
  for (int64_t c = 0; c < bitmap.channels; ++c)
    for (int64_t i = 0; i < pixels; ++i)
      planes[c * pixels + i] = float(bitmap.samples[i * bitmap.channels + c]) / 127.5f - 1.0f;
}

Bitmap from_planes(std::span<const float> planes, int64_t channels, int64_t height, int64_t width) {
  require(channels == 1 || channels == 3, "an image has 1 or 3 channels, got {}", channels);
  require(int64_t(planes.size()) == element_count(Shape{channels, height, width}),
          "from_planes: {} values for [{},{},{}]", planes.size(), channels, height, width);
  Bitmap bitmap{.height = height, .width = width, .channels = channels, .samples = {}};
  bitmap.samples.resize(planes.size());
  const int64_t pixels = height * width;
  for (int64_t c = 0; c < channels; ++c)
    for (int64_t i = 0; i < pixels; ++i) {
      const float v = planes[c * pixels + i];
      require(std::isfinite(v), "an image to be drawn holds {}", std::isnan(v) ? "NaN" : "infinity");
      bitmap.samples[i * channels + c] = uint8_t(std::lround(std::clamp((v + 1.0f) * 127.5f, 0.0f, 255.0f)));
    }
  return bitmap;
}

}  // namespace athanor::image
