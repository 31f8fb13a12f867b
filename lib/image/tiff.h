// TIFF by libtiff, from memory.
//
// Source: Adobe, "TIFF Revision 6.0"; libtiff's manual.
#pragma once

#include "image/bitmap.h"

namespace athanor::image {

/// Classic and BigTIFF, of either byte order.
bool looks_like_tiff(std::span<const std::byte> bytes);
/// Grey (either sense), palette and RGB of 1, 2, 4, 8 or 16 bits with or without alpha, in strips or tiles, plain or
/// packed by LZW, deflate, PackBits, JPEG, Zstandard, LZMA or fax coding; upright as tag 274 says. Alpha that is
/// multiplied into the colours is divided out. Throws Error{data}: damaged or cut short, several pages, only a
/// thumbnail (a raw photograph), floats, signed numbers, colours of printing.
Bitmap decode_tiff(std::span<const std::byte> bytes);
/// Deflate with horizontal differences.
std::vector<std::byte> encode_tiff(const Bitmap& bitmap);

}  // namespace athanor::image
