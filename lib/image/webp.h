// WebP by libwebp.
//
// Source: RFC 9649, "WebP Image Format".
#pragma once

#include "image/bitmap.h"

namespace athanor::image {

bool looks_like_webp(std::span<const std::byte> bytes);
/// RGB, or RGB and alpha where the file has it; upright as its EXIF says. Damage is seen where the coded data make no
/// sense: WebP has no checksums. Throws Error{data}: the file ends early, does not decode, is an animation.
Bitmap decode_webp(std::span<const std::byte> bytes);
/// Lossless, also under transparent pixels; grey is stored as RGB, since WebP knows no grey. Throws Error{data} for 16
/// bits or more than 16383 pixels a side.
std::vector<std::byte> encode_webp(const Bitmap& bitmap);

}  // namespace athanor::image
