// JPEG, with the EXIF block that turns it.
#include "fuzz/laws.h"
#include "image/jpeg.h"

namespace athanor::fuzz {

void run(Bytes bytes) {
  if (image::looks_like_jpeg(bytes)) check_image(bytes);
}

}  // namespace athanor::fuzz
