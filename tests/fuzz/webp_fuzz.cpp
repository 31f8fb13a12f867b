// WebP.
#include "fuzz/laws.h"
#include "image/webp.h"

namespace athanor::fuzz {

void run(Bytes bytes) {
  if (image::looks_like_webp(bytes)) check_image(bytes);
}

}  // namespace athanor::fuzz
