// A line of small letters on a bitmap.
#pragma once

#include <string_view>

#include "image/bitmap.h"

namespace athanor::image {

inline constexpr int64_t kLetterWidth = 6, kLetterHeight = 12;  ///< pixels

/// Writes text in black into the middle of `width` × kLetterHeight pixels of an 8-bit bitmap, of which (top, left) is
/// the corner; what has no room ends in "..", and characters beyond ASCII become '?'.
void letter(Bitmap& bitmap, int64_t top, int64_t left, int64_t width, std::string_view text);

}  // namespace athanor::image
