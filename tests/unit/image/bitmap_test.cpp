#include "image/bitmap.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.h"
#include "support/catch.h"

namespace athanor::image {
namespace {

/// All byte values in each channel, in three different orders.
Bitmap all_values(int64_t channels) {
  Bitmap bitmap{.height = 16, .width = 16, .channels = channels, .samples = {}};
  for (int i = 0; i < 256; ++i)
    for (int64_t c = 0; c < channels; ++c) bitmap.samples.push_back(uint8_t(i * (2 * c + 1) + 17 * c));
  return bitmap;
}

/// A smooth picture, which a JPEG keeps well.
Bitmap smooth(int64_t channels) {
  Bitmap bitmap{.height = 32, .width = 40, .channels = channels, .samples = {}};
  for (int64_t y = 0; y < 32; ++y)
    for (int64_t x = 0; x < 40; ++x)
      for (int64_t c = 0; c < channels; ++c) bitmap.samples.push_back(uint8_t(40 + 2 * x + 2 * y + 20 * c));
  return bitmap;
}

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string refusal(std::span<const std::byte> bytes) {
  try {
    decode(bytes);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::data);
    return error.what();
  }
  return "";
}

TEST_CASE("to_planes value: 0 is -1, 255 is 1, channels come one after another") {
  const Bitmap bitmap{.height = 1, .width = 2, .channels = 3, .samples = {0, 255, 51, 255, 0, 204}};
  std::vector<float> planes(6);
  to_planes(bitmap, planes);
  CHECK(planes == std::vector<float>{-1, 1, 1, -1, 51 / 127.5f - 1, 204 / 127.5f - 1});
}

TEST_CASE("from_planes identity: every byte value comes back") {
  for (const int64_t channels : {1, 3}) {
    const Bitmap bitmap = all_values(channels);
    std::vector<float> planes(bitmap.samples.size());
    to_planes(bitmap, planes);
    CHECK(from_planes(planes, channels, 16, 16).samples == bitmap.samples);
  }
}

TEST_CASE("from_planes limit: values beyond [-1,1] are clamped, NaN and infinity refused") {
  const std::vector<float> wide{-1.5f, 1.5f, 0.0f, 0.999f};
  CHECK(from_planes(wide, 1, 2, 2).samples == std::vector<uint8_t>{0, 255, 128, 255});
  const std::vector<float> nan{std::numeric_limits<float>::quiet_NaN()};
  CHECK_THROWS_WITH(from_planes(nan, 1, 1, 1), "an image to be drawn holds NaN");
  const std::vector<float> infinite{std::numeric_limits<float>::infinity()};
  CHECK_THROWS_WITH(from_planes(infinite, 1, 1, 1), "an image to be drawn holds infinity");
  CHECK_THROWS_WITH(from_planes(wide, 5, 1, 2), "an image has 1 to 4 channels, got 5");
  CHECK_THROWS_WITH(from_planes(wide, 1, 2, 3), "from_planes: 4 values for [1,2,3]");
}

TEST_CASE("from_planes identity: every 16-bit value comes back") {
  Bitmap bitmap{.height = 256, .width = 256, .channels = 1, .samples = {}, .depth = 16};
  bitmap.samples.resize(2 * 65536);
  for (int i = 0; i < 65536; ++i) bitmap.set(i, uint16_t(i));
  std::vector<float> planes(65536);
  to_planes(bitmap, planes);
  CHECK(planes[0] == -1);
  CHECK(planes[1] == 1 / 32767.5f - 1);
  CHECK(planes[65535] == 1);
  CHECK(from_planes(planes, 1, 256, 256, 16).samples == bitmap.samples);
}

TEST_CASE("png identity: pixels come back exactly, texts lie before them") {
  const std::string history = "{\"program\":\"sample\"}\n{\"name\":\"\xc3\xa9t\xc3\xa9\"}";
  for (const int64_t channels : {1, 3}) {
    const Bitmap bitmap = all_values(channels);
    const std::vector<std::byte> png = encode(bitmap, "png", {{"athanor.history", history}, {"b", ""}});
    const Bitmap back = decode(png);
    CHECK(back.channels == channels);
    CHECK(back.samples == bitmap.samples);
    const size_t at = text_of(png).find("iTXtathanor.history" + std::string(5, '\0') + history);
    CHECK(at != std::string::npos);
    CHECK(at < text_of(png).find("IDAT"));
    CHECK(png == encode(bitmap, "png", {{"athanor.history", history}, {"b", ""}}));
  }
}

TEST_CASE("png refusal: a keyword that PNG does not allow") {
  CHECK_THROWS_WITH(encode(smooth(1), "png", {{"", "x"}}), "PNG keyword '' is not 1 to 79 bytes long");
}

TEST_CASE("jpeg limit: a smooth picture is kept within 6 of 255") {
  for (const int64_t channels : {1, 3}) {
    const Bitmap bitmap = smooth(channels), back = decode(encode(bitmap, "jpeg"));
    REQUIRE(back.channels == channels);
    REQUIRE(back.samples.size() == bitmap.samples.size());
    int worst = 0;
    for (size_t i = 0; i < back.samples.size(); ++i)
      worst = std::max(worst, std::abs(back.samples[i] - bitmap.samples[i]));
    CHECK(worst <= 6);
  }
}

TEST_CASE("decode refusal: a file cut anywhere") {
  for (const char* format : {"png", "jpeg"}) {
    const std::vector<std::byte> whole = encode(smooth(3), format);
    for (size_t eighth = 1; eighth < 8; ++eighth) {
      const std::string reason = refusal(std::span(whole).first(whole.size() * eighth / 8));
      CHECK(reason == (*format == 'p' ? "PNG image ends early" : "JPEG image ends early"));
    }
    for (const size_t missing : {1, 2, 4, 11, 12}) CHECK(refusal(std::span(whole).first(whole.size() - missing)) != "");
  }
}

TEST_CASE("jpeg refusal: coded data that are lost or overwritten inside a file that has its end") {
  const std::vector<std::byte> whole = encode(all_values(3), "jpeg");
  const auto middle = whole.begin() + int64_t(whole.size()) / 4 * 3;
  std::vector<std::byte> lost = whole, overwritten = whole;
  lost.erase(lost.begin() + (middle - whole.begin()), lost.end() - 2);
  std::fill(overwritten.begin() + (middle - whole.begin()), overwritten.end() - 2, std::byte{});
  CHECK(refusal(lost) == "JPEG image is damaged: it does not decode");
  CHECK(refusal(overwritten) == "JPEG image is damaged: it does not decode");
  std::vector<std::byte> followed = whole;
  followed.resize(whole.size() + 100);
  CHECK(decode(followed).samples == decode(whole).samples);
}

TEST_CASE("png refusal: a changed byte, wherever it is") {
  const std::vector<std::byte> whole = encode(smooth(1), "png");
  for (size_t i = 0; i < whole.size(); ++i) {
    std::vector<std::byte> changed = whole;
    changed[i] ^= std::byte{0x10};
    CHECK(refusal(changed) != "");
  }
  std::vector<std::byte> longer = whole;
  longer.push_back({});
  CHECK(refusal(longer) == "PNG image is followed by 1 bytes that do not belong to it");
}

TEST_CASE("decode refusal: other formats and nothing") {
  CHECK(refusal({}) == "not a PNG, JPEG, WebP, TIFF or PNM image");
  const std::string gif = "GIF89a..........";
  CHECK(refusal(std::as_bytes(std::span(gif))) == "not a PNG, JPEG, WebP, TIFF or PNM image");
  CHECK_THROWS_WITH(encode(smooth(1), "gif"), "'gif' is not an image format that can be written");
}

TEST_CASE("image_format_of value: by suffix, in any case") {
  CHECK(image_format_of("a/b.PNG") == "png");
  CHECK(image_format_of("b.jpg") == "jpeg");
  CHECK(image_format_of("b.JPEG") == "jpeg");
  CHECK(image_format_of("b.webp") == "webp");
  for (const char* name : {"b.tif", "b.tiff"}) CHECK(image_format_of(name) == "tiff");
  for (const char* name : {"b.pgm", "b.ppm", "b.pnm"}) CHECK(image_format_of(name) == "pnm");
  CHECK_FALSE(image_format_of("b.svg"));
  CHECK_FALSE(image_format_of("png"));
}

}  // namespace
}  // namespace athanor::image
