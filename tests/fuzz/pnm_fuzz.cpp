// PNM, P1 to P7.
#include "fuzz/laws.h"
#include "image/pnm.h"

namespace athanor::fuzz {

void run(Bytes bytes) {
  if (image::looks_like_pnm(bytes)) check_image(bytes);
}

}  // namespace athanor::fuzz
