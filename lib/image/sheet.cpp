#include "image/sheet.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "image/letters.h"

namespace athanor::image {
namespace {

constexpr int64_t kReadable = 48;                  // pixels that an image is high at least, unless told otherwise
constexpr int64_t kLabelGap = 4;                   // pixels between an image and its label
constexpr int64_t kMaxSide = 65500;                // of a JPEG
constexpr int64_t kMaxSamples = int64_t{1} << 28;  // the sheet is held in memory

}  // namespace

void SheetOptions::fields(Fields& v) {
  v.opt("--columns", columns, "images a row; 0: about as wide as high", at_least(0));
  cell_fields(v);
}

void SheetOptions::cell_fields(Fields& v) {
  v.opt("--scale", scale, "whole-number magnification; 0: images at least 48 pixels high", at_least(0));
  v.opt("--gap", gap, "pixels between images", between(0, 256));
}

Sheet::Sheet(const SheetOptions& options, int64_t count, int64_t channels, int64_t height, int64_t width, bool labelled)
    : options_(options), height_(height), width_(width), label_height_(labelled ? kLabelGap + kLetterHeight : 0) {
  require(channels == 1 || channels == 3, "a sheet shows images of 1 or 3 channels, got {}", channels);
  require(count > 0 && height > 0 && width > 0, "a sheet of {} images of {}x{} pixels has nothing to show", count,
          width, height);
  if (options_.scale == 0) options_.scale = std::max<int64_t>(1, (kReadable + height - 1) / height);
  require(options_.scale <= kMaxSide && height <= kMaxSide && width <= kMaxSide, "the sheet would be too large");
  const int64_t cell_height = height * options_.scale + label_height_ + options_.gap;
  const int64_t cell_width = width * options_.scale + options_.gap;
  if (options_.columns == 0)
    options_.columns = int64_t(std::ceil(std::sqrt(double(count) * double(cell_height) / double(cell_width))));
  options_.columns = std::clamp<int64_t>(options_.columns, 1, count);
  const int64_t rows = (count + options_.columns - 1) / options_.columns;
  // In float64, since the product of two wild options leaves int64.
  const double high = double(rows) * double(cell_height) + double(options_.gap);
  const double wide = double(options_.columns) * double(cell_width) + double(options_.gap);
  require(high <= kMaxSide && wide <= kMaxSide && high * wide * double(channels) <= double(kMaxSamples),
          "a sheet of {} images would be {:.0f}x{:.0f} pixels; lower --count or --scale", count, wide, high);
  bitmap_ = {.height = int64_t(high), .width = int64_t(wide), .channels = channels, .samples = {}};
  bitmap_.samples.assign(bitmap_.height * bitmap_.width * channels, 255);
}

void Sheet::place(int64_t i, const Bitmap& image, std::string_view label) {
  require(image.height == height_ && image.width == width_ && image.channels == bitmap_.channels,
          "sheet: expected an image of [{},{},{}], got [{},{},{}]", bitmap_.channels, height_, width_, image.channels,
          image.height, image.width);
  const int64_t scale = options_.scale, channels = bitmap_.channels;
  const int64_t top = options_.gap + i / options_.columns * (height_ * scale + label_height_ + options_.gap);
  const int64_t left = options_.gap + i % options_.columns * (width_ * scale + options_.gap);
  require(i >= 0 && top + height_ * scale + label_height_ <= bitmap_.height, "sheet: there is no cell {}", i);
  for (int64_t y = 0; y < height_ * scale; ++y) {
    uint8_t* out = bitmap_.at(top + y, left);
    for (int64_t x = 0; x < width_ * scale; ++x, out += channels)
      std::copy_n(image.at(y / scale, x / scale), channels, out);
  }
  if (label_height_ > 0) letter(bitmap_, top + height_ * scale + kLabelGap, left, width_ * scale, label);
}

}  // namespace athanor::image
