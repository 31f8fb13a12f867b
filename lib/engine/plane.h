// Where the elements of images lie in memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace athanor::engine {

/// One image: channels last, with a border of `halo` zero pixels on all sides, so that a convolution meets no edges.
/// A vector is an image of one pixel.
struct Plane {
  int64_t channels = 0, height = 1, width = 1, halo = 0;

  int64_t pixels() const { return height * width; }
  /// Elements of a row of pixels, halo included.
  int64_t row() const { return (width + 2 * halo) * channels; }
  /// Elements of the image, halo included.
  int64_t elements() const { return (height + 2 * halo) * row(); }
  /// Where the first channel of a pixel lies; y and x may lie in the halo.
  int64_t at(int64_t y, int64_t x) const { return (y + halo) * row() + (x + halo) * channels; }
};

/// Sets the border of an image, whose elements have so many bytes, to zero.
void clear_halo(const Plane& plane, int64_t element, std::byte* image);

}  // namespace athanor::engine
