#include "engine/plane.h"

#include <algorithm>

namespace athanor::engine {

void clear_halo(const Plane& plane, float* image) {
  if (plane.halo == 0) return;
  const int64_t side = plane.halo * plane.channels;
  float* const inside = image + plane.halo * plane.row();
  std::fill(image, inside, 0.f);
  for (int64_t y = 0; y < plane.height; ++y) {
    float* row = inside + y * plane.row();
    std::fill(row, row + side, 0.f);
    std::fill(row + plane.row() - side, row + plane.row(), 0.f);
  }
  std::fill(inside + plane.height * plane.row(), image + plane.elements(), 0.f);
}

}  // namespace athanor::engine
