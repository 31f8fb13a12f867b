#include "engine/precision.h"

#include <algorithm>

#include "core/error.h"

namespace athanor::engine {

std::vector<std::string> precision_names() { return {"float32", "bf16x3", "bfloat16"}; }

Precision precision_named(std::string_view name) {
  const std::vector<std::string> names = precision_names();
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) fail(ErrorKind::usage, "no precision is called '{}': {}", name, fmt::join(names, ", "));
  return Precision(found - names.begin());
}

}  // namespace athanor::engine
