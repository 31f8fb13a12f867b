// TIFF of both byte orders, and BigTIFF.
#include "fuzz/laws.h"
#include "image/tiff.h"

namespace athanor::fuzz {

void run(Bytes bytes) {
  if (image::looks_like_tiff(bytes)) check_image(bytes);
}

}  // namespace athanor::fuzz
