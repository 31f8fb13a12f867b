// PNG by libpng, read so that damage is refused.
//
// Source: W3C, "Portable Network Graphics (PNG) Specification (Third Edition)"; libpng's manual.
#pragma once

#include "image/bitmap.h"

namespace athanor::image {

bool looks_like_png(std::span<const std::byte> bytes);
/// Every colour type: palettes become RGB, a tRNS chunk becomes alpha, 1, 2 and 4 bits become 8; turned upright by an
/// eXIf chunk. Throws Error{data}: the file ends early or goes on after its end, a chunk fails its checksum, the image
/// data do not unpack to exactly the rows that the header promises.
Bitmap decode_png(std::span<const std::byte> bytes);
/// Throws Error{data} for a keyword that PNG does not allow.
std::vector<std::byte> encode_png(const Bitmap& bitmap, const TextChunks& text);

}  // namespace athanor::image
