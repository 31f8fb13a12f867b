// What a tensor file holds, as numbers.
#pragma once

#include <vector>

#include "array/convert.h"
#include "io/tensor_reader.h"
#include "support/catch.h"

namespace athanor::test {

/// A tensor's elements, whatever their type is.
inline std::vector<float> numbers(io::TensorReader& reader, std::string_view name) {
  const int64_t at = reader.layout().find(name);
  if (at < 0) FAIL("no tensor " << name);
  const io::TensorInfo& tensor = reader.layout().tensors[size_t(at)];
  std::vector<float> values(size_t(tensor.elements()));
  array::to_float32(tensor.dtype, reader.read(tensor), values);
  return values;
}

}  // namespace athanor::test
