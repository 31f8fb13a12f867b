// What OpenCV's PNG codec does not do: refuse damage before decoding, and carry text.
//
// Source: W3C, "Portable Network Graphics (PNG) Specification (Third Edition)".
#pragma once

#include "image/bitmap.h"

namespace athanor::image {

bool looks_like_png(std::span<const std::byte> bytes);
/// Checks signature, every chunk's length and CRC, and that the image data unpack to exactly the rows that the header
/// promises; returns the file with its critical chunks alone, which a decoder takes without complaint. Throws
/// Error{data} for damage and for transparency (an alpha channel or a tRNS chunk).
std::vector<std::byte> checked_png(std::span<const std::byte> bytes);
/// Puts the texts as uncompressed iTXt chunks before the image data of a well-formed PNG. Throws Error{data} for a
/// keyword that PNG does not allow.
std::vector<std::byte> with_text(std::span<const std::byte> png, const TextChunks& text);

}  // namespace athanor::image
