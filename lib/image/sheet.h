// Many small images on one sheet, with labels.
#pragma once

#include "core/fields.h"
#include "image/bitmap.h"

namespace athanor::image {

struct SheetOptions {
  int64_t columns = 0;  ///< 0: about as wide as high
  int64_t scale = 0;    ///< whole-number magnification; 0: so that an image is at least 48 pixels high
  int64_t gap = 2;      ///< pixels between images
  void fields(Fields& v);
  /// All but the columns, of a sheet whose columns mean something.
  void cell_fields(Fields& v);
};

/// Draws images cell by cell on a white sheet; under each its label, when there are labels.
class Sheet {
 public:
  /// count images of [channels, height, width]; `labelled` leaves room for labels.
  Sheet(const SheetOptions& options, int64_t count, int64_t channels, int64_t height, int64_t width, bool labelled);
  /// Puts image i into its cell. `image` must have the sheet's image shape.
  void place(int64_t i, const Bitmap& image, std::string_view label = {});
  const Bitmap& bitmap() const { return bitmap_; }

 private:
  SheetOptions options_;
  int64_t height_, width_, label_height_;
  Bitmap bitmap_;
};

}  // namespace athanor::image
