// Contracts: one way to check an argument, one wording for a wrong shape.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/error.h"

namespace athanor {

/// Sizes of a tensor's axes, slowest first.
using Shape = std::vector<int64_t>;

/// "[8,1,28,28]".
std::string shape_text(const Shape& shape);
/// Product of the sizes. Throws Error{data} when a size is negative or the product leaves int64.
int64_t element_count(std::span<const int64_t> shape);

/// Throws Error{data} with the formatted text unless `holds`.
template <class... Args>
void require(bool holds, fmt::format_string<Args...> format, Args&&... args) {
  if (!holds) fail(ErrorKind::data, format, std::forward<Args>(args)...);
}

/// An expected axis: a size, or a name for any size. The same name must meet the same size each time.
using Axis = std::variant<int64_t, std::string>;

/// check_shape(x.shape, {"N", 3, "H", "W"}, "heun: x") throws
/// Error{data, "heun: x: expected [N,3,H,W], got [8,1,28,28]"} when the shape does not fit.
void check_shape(const Shape& shape, std::initializer_list<Axis> expected, std::string_view what);

}  // namespace athanor
