// How a camera was held, from an image's EXIF block.
//
// Source: CIPA DC-008, "Exchangeable image file format for digital still cameras: Exif Version 2.32", 4.6.
#pragma once

#include "image/bitmap.h"

namespace athanor::image {

/// The orientation, 1 to 8, that a block (a TIFF structure, with or without "Exif\0\0" before it) states; 1 when it
/// states none or is damaged: the block is a remark about the image, not the image.
int exif_orientation(std::span<const std::byte> block);
/// The image as it is to be seen: the orientation says where its first row and first column lie (1: top, left).
Bitmap upright(Bitmap bitmap, int orientation);

}  // namespace athanor::image
