#include <sys/resource.h>

#include <algorithm>

#include "image/bitmap.h"
#include "support/files.h"
#include "support/zip_file.h"

namespace athanor::image {
namespace {

using athanor::test::content_of;
using athanor::test::error_of;

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string fixture(const std::string& name) {
  const std::string content = content_of(std::string(ATHANOR_TEST_DATA) + "/images/" + name);
  REQUIRE_FALSE(content.empty());
  return content;
}

Bitmap decoded(const std::string& content) { return decode(bytes_of(content)); }

std::string refusal(const std::string& content) {
  const Error error = error_of([&] { decoded(content); });
  CHECK(error.kind() == ErrorKind::data);
  return error.what();
}

std::string coded(const Bitmap& bitmap, const char* format) {
  const std::vector<std::byte> bytes = encode(bitmap, format);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The picture that scripts/fixtures/images.py writes: 6x8 pixels.
std::vector<int> rgb_samples() {
  std::vector<int> samples;
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 6; ++x)
      for (const int sample : {40 * x, 30 * y, 255 - 20 * (x + y)}) samples.push_back(sample);
  return samples;
}
int grey_sample(int i) { return 5 * (8 * (i % 6) + i / 6); }

std::vector<int> samples_of(const Bitmap& bitmap) {
  std::vector<int> samples;
  for (int64_t i = 0; i < bitmap.count(); ++i) samples.push_back(bitmap.get(i));
  return samples;
}

/// Samples without a pattern that a codec could guess.
Bitmap noise(int64_t channels, int depth, int64_t height = 37, int64_t width = 23) {
  Bitmap bitmap = blank("test", height, width, channels, depth);
  uint32_t state = 12345;
  for (int64_t i = 0; i < bitmap.count(); ++i) {
    state = state * 1664525 + 1013904223;
    bitmap.set(i, uint16_t(int(state >> 16) & bitmap.max()));
  }
  return bitmap;
}

TEST_CASE("decode reference: colour that Pillow and tifffile wrote") {
  for (const char* name : {"rgb.png", "palette.png", "rgb.webp", "rgb.ppm", "lzw.tif", "tiles.tif", "big.tif",
                           "palette.tif", "profile.png"}) {
    INFO(name);
    const Bitmap bitmap = decoded(fixture(name));
    CHECK(bitmap.depth == 8);
    CHECK(bitmap.channels == 3);
    CHECK(samples_of(bitmap) == rgb_samples());
  }
  // Planes apart, 16 bits, big-endian, deflated.
  std::vector<int> deep = rgb_samples();
  for (int& sample : deep) sample = 250 * sample + 7;
  const Bitmap bitmap = decoded(fixture("planes16.tif"));
  CHECK(bitmap.depth == 16);
  CHECK(samples_of(bitmap) == deep);
}

TEST_CASE("decode reference: grey that Pillow and tifffile wrote") {
  std::vector<int> grey(48), deep(48), bits(48);
  for (int i = 0; i < 48; ++i) {
    grey[i] = grey_sample(i);
    deep[i] = 1311 * (grey[i] / 5);
    bits[i] = grey[i] >= 128 ? 255 : 0;
  }
  for (const char* name : {"grey.png", "grey.pgm", "white.tif"}) CHECK(samples_of(decoded(fixture(name))) == grey);
  for (const char* name : {"bits.pbm", "bits.tif"}) CHECK(samples_of(decoded(fixture(name))) == bits);
  CHECK(decoded(fixture("grey16.png")).depth == 16);
  CHECK(samples_of(decoded(fixture("grey16.png"))) == deep);
}

TEST_CASE("decode reference: alpha in PNG, WebP and TIFF, as a channel and of one palette colour") {
  const Bitmap ramp = decoded(fixture("ramp.png"));
  REQUIRE(ramp.channels == 4);
  for (int i = 0; i < 256; ++i) REQUIRE(ramp.get(4 * i + 3) == i);
  for (const char* name : {"ramp.webp", "ramp.tif"}) CHECK(decoded(fixture(name)).samples == ramp.samples);
  const Bitmap grey = decoded(fixture("grey-alpha.png"));
  REQUIRE(grey.channels == 2);
  for (int i = 0; i < 48; ++i) CHECK(grey.get(2 * i + 1) == 255 - grey.get(2 * i));
  const Bitmap palette = decoded(fixture("palette-alpha.png"));
  REQUIRE(palette.channels == 4);
  for (int i = 0; i < 48; ++i) CHECK(palette.get(4 * i + 3) == (i == 0 ? 0 : 255));
}

TEST_CASE("decode reference: a lossy WebP is near what was drawn") {
  const Bitmap bitmap = decoded(fixture("lossy.webp"));
  REQUIRE(bitmap.height == 32);
  const std::vector<int> rgb = rgb_samples();
  double total = 0;
  for (int64_t y = 0; y < 32; ++y)
    for (int64_t x = 0; x < 24; ++x)
      for (int c = 0; c < 3; ++c) total += std::abs(bitmap.at(y, x)[c] - rgb[(y / 4 * 6 + x / 4) * 3 + c]);
  CHECK(total / (32 * 24 * 3) < 12);
}

TEST_CASE("pnm value: plain numbers, comments, maxima and bits") {
  const auto samples = [](const std::string& content) { return samples_of(decoded(content)); };
  CHECK(samples("P2 # grey\n3 1\n#max\n10\n0 5\n10") == std::vector<int>{0, 128, 255});
  CHECK(samples("P2\n2 1\n1000\n1 1000\n") == std::vector<int>{66, 65535});
  CHECK(samples("P3\n1 1\n255\n1 2 3") == std::vector<int>{1, 2, 3});
  CHECK(samples("P1\n4 2\n0110\n1 0 0 1") == std::vector<int>{255, 0, 0, 255, 0, 255, 255, 0});
  CHECK(samples("P4\n10 1\n" + std::string("\x0f\x40", 2)) == std::vector<int>{255, 255, 255, 255, 0, 0, 0, 0, 255, 0});
  CHECK(samples("P5 1 2 65535\n" + std::string("\x01\x02\xff\xff", 4)) == std::vector<int>{258, 65535});
  const std::string pam = "P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\nabcd";
  CHECK(samples(pam) == std::vector<int>{'a', 'b', 'c', 'd'});
  CHECK(decoded(pam).has_alpha());
}

TEST_CASE("encode identity: what a format can hold comes back exactly") {
  for (const int64_t channels : {1, 2, 3, 4})
    for (const int depth : {8, 16})
      for (const char* format : {"png", "webp", "tiff", "pnm"}) {
        const std::string name = format;
        const Bitmap bitmap = noise(channels, depth);
        if ((name == "webp" && depth == 16) || (name == "pnm" && bitmap.has_alpha())) continue;
        INFO(name << " " << channels << " " << depth);
        const Bitmap back = decoded(coded(bitmap, format));
        CHECK(back.depth == depth);
        if (name != "webp" || channels > 2) {
          CHECK(back.channels == channels);
          CHECK(back.samples == bitmap.samples);
        } else {
          REQUIRE(back.channels == channels + 2);
          for (int64_t i = 0; i < bitmap.height * bitmap.width; ++i)
            for (int c = 0; c < 3; ++c) REQUIRE(back.get(i * back.channels + c) == bitmap.get(i * channels));
        }
        CHECK(coded(bitmap, format) == coded(bitmap, format));
      }
}

TEST_CASE("encode refusal: what a format cannot hold") {
  const auto reason = [](const Bitmap& bitmap, const char* format, const TextChunks& text = {}) {
    return std::string(error_of([&] { encode(bitmap, format, text); }).what());
  };
  CHECK(reason(noise(4, 8), "jpeg") == "JPEG holds no alpha channel; write PNG, WebP or TIFF");
  CHECK(reason(noise(3, 16), "jpeg") == "JPEG holds 8 bits a sample, not 16; write PNG, TIFF or PNM");
  CHECK(reason(noise(3, 16), "webp") == "WebP holds 8 bits a sample, not 16; write PNG, TIFF or PNM");
  CHECK(reason(noise(2, 8), "pnm") == "PNM holds no alpha channel; write PNG, WebP or TIFF");
  CHECK(reason(noise(1, 8, 1, 16384), "webp") ==
        "an image of 16384x1 pixels cannot be written as WebP, which holds 16383 a side");
  CHECK(reason(noise(1, 8, 1, 65501), "jpeg") == "an image of 65501x1 pixels cannot be written as JPEG");
  CHECK(reason(noise(1, 8), "tiff", {{"a", "b"}}) == "text can be written into PNG images only");
  Bitmap wrong = noise(1, 8);
  wrong.samples.pop_back();
  CHECK(reason(wrong, "png") == "an image of 23x37 pixels to be written has 850 bytes");
}

TEST_CASE("decode refusal: every format, cut at every byte") {
  for (const char* name : {"rgb.png", "rgb.jpg", "progressive.jpg", "rgb.webp", "lossy.webp", "lzw.tif", "tiles.tif",
                           "big.tif", "planes16.tif", "rgb.ppm", "grey.pgm", "bits.pbm"}) {
    INFO(name);
    const std::string whole = fixture(name);
    const Bitmap bitmap = decoded(whole);
    for (size_t size = 0; size < whole.size(); ++size) {
      try {
        // What a cut leaves out may be padding, but no pixel.
        const Bitmap cut = decoded(whole.substr(0, size));
        CHECK(cut.samples == bitmap.samples);
        CHECK(size + 16 > whole.size());
      } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::data);
      }
    }
  }
}

TEST_CASE("decode refusal: kinds of images that would have to be guessed") {
  CHECK(refusal(fixture("animation.webp")) == "WebP image is an animation; extract one picture of it first");
  CHECK(refusal(fixture("pages.tif")) == "TIFF file holds more than one image; extract one of them first");
  CHECK(refusal(fixture("float.tif")) == "TIFF image has samples of floating type; expected whole numbers");
  CHECK(refusal(fixture("unsaid.tif")) == "TIFF image has channels beyond colour that are not alpha");
  CHECK(refusal(fixture("cmyk.tif")) == "TIFF image is in CMYK, the colours of printing; convert it to RGB first");
  CHECK(refusal(fixture("cmyk.jpg")) == "JPEG image is in CMYK, the colours of printing; convert it to RGB first");
}

TEST_CASE("pnm refusal: malformed headers and samples") {
  const std::pair<std::string, std::string> table[] = {
      {"P2\n1 1\n255\n256", "PNM image holds the sample 256, beyond its maximum 255"},
      {"P2\n1 1\n0\n0", "PNM image has the maximum 0; expected 1 to 65535"},
      {"P2\n1 1\n65536\n0", "PNM image has the maximum 65536; expected 1 to 65535"},
      {"P2\n1 1\n255\nx", "PNM image is damaged: expected a number at byte 11"},
      {"P2\n2 1\n255\n1 ", "PNM image ends early"},
      {"P2\n1 1\n255\n1 2", "PNM image is followed by 1 bytes that do not belong to it"},
      {"P5\n1 1\n255\nab", "PNM image is followed by 1 bytes that do not belong to it"},
      {"P5\n2 1\n255\na", "PNM image ends early"},
      {"P5\n0 1\n255\n", "PNM image has no pixels"},
      {"P5\n99999999999 1\n255\n", "PNM image has a number that is too large"},
      {"P6\n2000000000 2000000000\n255\n", "PNM image is too large"},
      {"P6\n65536 32768\n255\n", "PNM image ends early"},
      {"P1\n2 1\n02", "PNM image is damaged: expected 0 or 1 at byte 8"},
      {"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 5\nMAXVAL 255\nENDHDR\n", "PAM image has 5 channels; expected 1 to 4"},
      {"P7\nWIDTH 1\nHEIGHT 1\nMAXVAL 255\nENDHDR\n", "PAM image has an incomplete header"},
      {"P7\nWIDTH 1\nWIDTH 1\n", "PAM image has an unexpected line 'WIDTH' in its header"},
      {"P7\nWIDTH -1\n", "PAM image has a header with '-1' where a number should be"},
  };
  for (const auto& [content, wanted] : table) CHECK(refusal(content) == wanted);
}

/// The most memory that this process has had, KiB.
int64_t peak_memory() {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST_CASE("decode refusal: more pixels than are held, before memory is asked for") {
  CHECK(refusal("P4\n2147483648 1\n" + std::string(1 << 28, 'a')) ==
        "PNM image of 2147483648x1 pixels is larger than 128 megapixels");
  std::string webp = fixture("rgb.webp");
  const size_t at = webp.find("VP8L") + 9;
  // 14 bits of width − 1 and 14 of height − 1.
  webp[at] = webp[at + 1] = webp[at + 2] = char(0xff);
  webp[at + 3] = char(webp[at + 3] | 0x0f);
  CHECK(refusal(webp) == "WebP image of 16384x16384 pixels is larger than 128 megapixels");
  std::string png = fixture("rgb.png");
  png.replace(16, 4, test::big_endian(200'000'000, 4));  // IHDR's width, and its checksum
  png.replace(29, 4, test::big_endian(test::crc32(png.substr(12, 17)), 4));
  const int64_t before = peak_memory();
  CHECK(refusal(png) == "PNG image of 200000000x8 pixels is larger than 128 megapixels");
  CHECK(peak_memory() - before < 100'000);
}

TEST_CASE("tiff refusal: strips of which the file does not say where they lie") {
  using namespace std::string_literals;
  std::string tiff = fixture("white.tif");
  for (const auto& [tag, value] : {std::pair("\x16\x01\x04"s, 1), {"\x17\x01\x04"s, 6}}) {  // a strip a row of 6 pixels
    const size_t at = tiff.find(tag);
    REQUIRE(at != std::string::npos);
    tiff[at + 8] = char(value);
  }
  CHECK(refusal(tiff) == "TIFF image is damaged or ends early: its pixels do not decode");
}

TEST_CASE("tiff refusal: tiles far larger than the image") {
  using namespace std::string_literals;
  std::string tiff = fixture("tiles.tif");
  const size_t at = tiff.find("\x42\x01"s);  // TileWidth
  REQUIRE(at != std::string::npos);
  tiff[at + 8] = 0;
  tiff[at + 9] = 0x40;
  CHECK(refusal(tiff) == "TIFF image of 6x8 pixels has tiles of 16384x16");
}

TEST_CASE("text_of reference: texts that Pillow wrote; none in other formats") {
  const TextChunks texts = text_of(bytes_of(fixture("texts.png")));
  CHECK(texts.at("tEXt") == "plain");
  CHECK(texts.at("iTXt") == "\xc3\xa9t\xc3\xa9");
  CHECK(texts.at("packed").size() == 600);
  CHECK(texts.size() == 3);
  CHECK(text_of(bytes_of(fixture("rgb.jpg"))).empty());
}

TEST_CASE("text_of identity: what encode wrote") {
  const TextChunks texts{{"athanor.history", "{}\n{}"}, {"empty", ""}};
  CHECK(text_of(encode(noise(1, 8), "png", texts)) == texts);
}

}  // namespace
}  // namespace athanor::image
