// JPEG by libjpeg, read so that a damaged file is refused: libjpeg's own habit is to fill what is missing with grey
// and to say so on standard error.
//
// Source: ITU-T T.81, "Digital compression and coding of continuous-tone still images"; libjpeg-turbo's libjpeg.txt.
#pragma once

#include "image/bitmap.h"

namespace athanor::image {

bool looks_like_jpeg(std::span<const std::byte> bytes);
/// Decodes grey and colour JPEG, baseline and progressive, upright as its EXIF says. Bytes after the image's end are
/// cameras' business. Throws Error{data}: the file ends early, its coded data are damaged, it is CMYK.
Bitmap decode_jpeg(std::span<const std::byte> bytes);
/// Quality 95. Throws Error{data} for alpha, 16 bits, or more than 65500 pixels a side.
std::vector<std::byte> encode_jpeg(const Bitmap& bitmap);

}  // namespace athanor::image
