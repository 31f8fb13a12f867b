// The portable anymap: PBM, PGM, PPM (plain and raw) and PAM.
//
// Source: the manual pages pbm(5), pgm(5), ppm(5) and pam(5) of Netpbm.
#pragma once

#include "image/bitmap.h"

namespace athanor::image {

bool looks_like_pnm(std::span<const std::byte> bytes);
/// P1 to P7. Bits become 0 and 255; a maximum below 255 is scaled to 255, one between 255 and 65535 to 65535, rounding
/// to nearest. A PAM of depth 2 or 4 has alpha. Throws Error{data}: the file ends early, goes on after the image (a
/// second image), a number is malformed or beyond its maximum.
Bitmap decode_pnm(std::span<const std::byte> bytes);
/// P5 or P6. Throws Error{data} for alpha.
std::vector<std::byte> encode_pnm(const Bitmap& bitmap);

}  // namespace athanor::image
