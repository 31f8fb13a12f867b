#include "image/sheet.h"

#include <algorithm>

#include "core/error.h"
#include "image/letters.h"
#include "support/catch.h"

namespace athanor::image {
namespace {

Bitmap plain(int64_t channels, int64_t height, int64_t width, uint8_t value) {
  Bitmap bitmap{.height = height, .width = width, .channels = channels, .samples = {}};
  bitmap.samples.assign(channels * height * width, value);
  return bitmap;
}

bool all(const Bitmap& sheet, int64_t top, int64_t left, int64_t height, int64_t width, uint8_t value) {
  for (int64_t y = top; y < top + height; ++y)
    for (int64_t x = left; x < left + width; ++x)
      if (!std::all_of(sheet.at(y, x), sheet.at(y, x) + sheet.channels, [&](uint8_t v) { return v == value; }))
        return false;
  return true;
}

TEST_CASE("sheet value: images lie row by row, magnified, on white") {
  Sheet sheet({.columns = 2, .scale = 3, .gap = 1}, 3, 3, 4, 5, false);
  const Bitmap& bitmap = sheet.bitmap();
  CHECK(bitmap.height == 1 + 2 * 13);
  CHECK(bitmap.width == 1 + 2 * 16);
  for (int i = 0; i < 3; ++i) sheet.place(i, plain(3, 4, 5, uint8_t(10 + i)));
  CHECK(all(bitmap, 1, 1, 12, 15, 10));
  CHECK(all(bitmap, 1, 17, 12, 15, 11));
  CHECK(all(bitmap, 14, 1, 12, 15, 12));
  CHECK(all(bitmap, 14, 16, 12, 17, 255));
  CHECK(all(bitmap, 0, 0, 1, 33, 255));
}

TEST_CASE("sheet value: by itself it is about square and its images at least 48 pixels high") {
  const Sheet sheet({}, 64, 1, 28, 28, false);
  CHECK(sheet.bitmap().height == 2 + 8 * 58);
  CHECK(sheet.bitmap().width == 2 + 8 * 58);
  const Sheet large({}, 1, 1, 512, 512, false);
  CHECK(large.bitmap().height == 516);
}

TEST_CASE("sheet value: a label is drawn under its own image and nowhere else") {
  Sheet sheet({.columns = 2, .scale = 1, .gap = 2}, 2, 1, 48, 48, true);
  sheet.place(0, plain(1, 48, 48, 255), "a label far too long for its cell");
  sheet.place(1, plain(1, 48, 48, 255));
  CHECK_FALSE(all(sheet.bitmap(), 50, 2, 16, 48, 255));
  CHECK(all(sheet.bitmap(), 0, 50, sheet.bitmap().height, 52, 255));
  CHECK(all(sheet.bitmap(), 0, 0, 50, 102, 255));
}

TEST_CASE("letters value: a mirror image, a middle, dots where room ends") {
  const auto line = [](std::string_view text, int64_t width) {
    Bitmap bitmap = plain(1, kLetterHeight, width, 255);
    letter(bitmap, 0, 0, width, text);
    return bitmap.samples;
  };
  // "(" and ")", "<" and ">" are each other's mirror images, but for the cell's column between letters.
  for (const auto& [left, right] : {std::pair{"(", ")"}, {"<", ">"}, {"[", "]"}}) {
    const std::vector<uint8_t> a = line(left, kLetterWidth), b = line(right, kLetterWidth);
    for (int64_t y = 0; y < kLetterHeight; ++y)
      for (int64_t x = 0; x < kLetterWidth - 1; ++x)
        CHECK(a[size_t(y * kLetterWidth + x)] == b[size_t(y * kLetterWidth + kLetterWidth - 2 - x)]);
    CHECK(a != b);
  }
  CHECK(line("ab", 5 * kLetterWidth + 6) == line(" ab ", 5 * kLetterWidth + 6));
  CHECK(line("airplane", 8 * kLetterWidth) != line("airpla..", 8 * kLetterWidth));
  CHECK(line("airplanes", 8 * kLetterWidth) == line("airpla..", 8 * kLetterWidth));
  CHECK(line("Š\n", 2 * kLetterWidth) == line("??", 2 * kLetterWidth));
  CHECK(line("a", 3) == line("", 3));
}

TEST_CASE("sheet refusal: other shapes, other cells, sheets beyond reason") {
  Sheet sheet({}, 2, 1, 8, 8, false);
  CHECK_THROWS_WITH(sheet.place(0, plain(3, 8, 8, 0)), "sheet: expected an image of [1,8,8], got [3,8,8]");
  CHECK_THROWS_WITH(sheet.place(2, plain(1, 8, 8, 0)), "sheet: there is no cell 2");
  CHECK_THROWS_WITH(Sheet({}, 1, 4, 8, 8, false), "a sheet shows images of 1 or 3 channels, got 4");
  CHECK_THROWS_WITH(Sheet({.columns = 1, .scale = 1, .gap = 0}, 10000, 1, 8, 8, false),
                    "a sheet of 10000 images would be 8x80000 pixels; lower --count or --scale");
  CHECK_THROWS_AS(Sheet({.columns = 0, .scale = 1000, .gap = 0}, 1000, 3, 64, 64, false), Error);
}

}  // namespace
}  // namespace athanor::image
