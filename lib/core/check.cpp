#include "core/check.h"

#include <map>

namespace athanor {

std::string shape_text(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ",")); }

int64_t element_count(std::span<const int64_t> shape) {
  int64_t count = 1;
  bool overflow = false;
  for (const int64_t size : shape) {
    require(size >= 0, "a tensor axis has the negative size {}", size);
    overflow |= __builtin_mul_overflow(count, size, &count);
  }
  // A zero anywhere makes the tensor empty, whatever the other sizes multiply to.
  for (const int64_t size : shape)
    if (size == 0) return 0;
  require(!overflow, "the sizes [{}] multiply to more than 2^63", fmt::join(shape, ","));
  return count;
}

void check_shape(const Shape& shape, std::initializer_list<Axis> expected, std::string_view what) {
  std::map<std::string, int64_t> bound;
  bool fits = shape.size() == expected.size();
  size_t axis = 0;
  std::vector<std::string> wanted;
  for (const Axis& e : expected) {
    if (const auto* size = std::get_if<int64_t>(&e)) {
      wanted.push_back(std::to_string(*size));
      fits = fits && shape[axis] == *size;
    } else {
      wanted.push_back(std::get<std::string>(e));
      fits = fits && bound.try_emplace(wanted.back(), shape[axis]).first->second == shape[axis];
    }
    ++axis;
  }
  require(fits, "{}: expected [{}], got {}", what, fmt::join(wanted, ","), shape_text(shape));
}

}  // namespace athanor
