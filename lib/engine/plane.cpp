#include "engine/plane.h"

#include <cstring>

namespace athanor::engine {

void clear_halo(const Plane& plane, int64_t element, std::byte* image) {
  if (plane.halo == 0) return;
  const auto clear = [&](int64_t first, int64_t count) {
    std::memset(image + first * element, 0, size_t(count * element));
  };
  const int64_t side = plane.halo * plane.channels, border = plane.halo * plane.row();
  clear(0, border);
  for (int64_t y = 0; y < plane.height; ++y) {
    clear(plane.at(y, 0) - side, side);
    clear(plane.at(y, plane.width), side);
  }
  clear(plane.elements() - border, border);
}

}  // namespace athanor::engine
