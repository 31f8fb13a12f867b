#include "image/exif.h"

#include "support/files.h"

namespace athanor::image {
namespace {

using athanor::test::content_of;
using namespace std::string_literals;

Bitmap fixture(const std::string& name) {
  const std::string content = content_of(std::string(ATHANOR_TEST_DATA) + "/images/" + name);
  return decode(std::as_bytes(std::span(content)));
}

int orientation(const std::string& block) { return exif_orientation(std::as_bytes(std::span(block))); }

TEST_CASE("exif reference: all eight orientations as Pillow's exif_transpose turns them") {
  const Bitmap upright = fixture("upright.png");
  REQUIRE(upright.width == 6);
  for (int n = 1; n <= 8; ++n)
    for (const char* format : {"png", "webp", "tif", "jpg"}) {
      INFO(format << " " << n);
      // A JPEG's pixels are blocks of 8x8, which it keeps well.
      const int64_t block = format == "jpg"s ? 8 : 1;
      const Bitmap bitmap = fixture(fmt::format("turned-{}.{}", n, format));
      REQUIRE(bitmap.height == (n < 5 ? 2 : 3) * block);
      REQUIRE(bitmap.width == (n < 5 ? 3 : 2) * block);
      for (int64_t y = 0; y < bitmap.height; ++y)
        for (int64_t x = 0; x < bitmap.width; ++x) {
          const int wanted = *upright.at(n - 1, y / block * (bitmap.width / block) + x / block);
          CHECK(std::abs(*bitmap.at(y, x) - wanted) <= (block == 8 ? 2 : 0));
        }
    }
}

TEST_CASE("exif identity: pixels of several bytes are moved whole, and inverse turns undo one another") {
  Bitmap bitmap = blank("test", 3, 5, 4, 16);
  for (int64_t i = 0; i < bitmap.count(); ++i) bitmap.set(i, uint16_t(517 * i));
  for (const auto& [turn, back] : {std::pair{2, 2}, {3, 3}, {4, 4}, {5, 5}, {6, 8}, {7, 7}, {8, 6}, {1, 1}}) {
    const Bitmap again = upright(upright(bitmap, turn), back);
    CHECK(again.height == 3);
    CHECK(again.samples == bitmap.samples);
  }
}

TEST_CASE("exif value: either byte order, with and without its prefix") {
  const std::string little = "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"s;
  const std::string big = "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0"s;
  CHECK(orientation(little) == 6);
  CHECK(orientation(big) == 8);
  CHECK(orientation("Exif\0\0"s + big) == 8);
}

TEST_CASE("exif limit: a damaged block states nothing") {
  const std::string good = "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"s;
  for (size_t size = 0; size < 20; ++size) CHECK(orientation(good.substr(0, size)) == 1);
  const auto with = [&](size_t at, char byte) {
    std::string changed = good;
    changed[at] = byte;
    return orientation(changed);
  };
  CHECK(with(0, 'X') == 1);
  CHECK(with(4, '\xff') == 1);   // a directory beyond the end
  CHECK(with(7, '\xff') == 1);   // far beyond
  CHECK(with(12, '\x04') == 1);  // not a short
  CHECK(with(14, '\x02') == 1);  // two of them
  CHECK(with(18, '\x09') == 1);  // no orientation
  CHECK(with(18, '\0') == 1);
  CHECK(with(9, '\xff') == 6);  // more entries than there are: the first is still there
}

}  // namespace
}  // namespace athanor::image
