// Small tensor files for tests.
#pragma once

#include <algorithm>
#include <numeric>

#include "array/convert.h"
#include "io/tensor_reader.h"
#include "io/tensor_writer.h"
#include "support/files.h"

namespace athanor::checkpoint::test {

struct Tensor {
  std::string name;
  DType dtype;
  Shape shape;
  std::vector<std::byte> bytes;
  bool operator==(const Tensor&) const = default;
};

/// A tensor of these numbers.
inline Tensor tensor(std::string name, DType dtype, const Shape& shape, const std::vector<double>& values) {
  Tensor made{std::move(name), dtype, shape, std::vector<std::byte>(values.size() * size_of(dtype))};
  array::cast(DType::f64, std::as_bytes(std::span(values)), dtype, made.bytes, array::Overflow::refuse);
  return made;
}
/// first, first + 1, … in C order.
inline Tensor counting(std::string name, DType dtype, const Shape& shape, double first = 0) {
  std::vector<double> values(size_t(element_count(shape)));
  std::iota(values.begin(), values.end(), first);
  return tensor(std::move(name), dtype, shape, values);
}
inline std::vector<double> values(const Tensor& tensor) {
  std::vector<double> values(tensor.bytes.size() / size_of(tensor.dtype));
  array::cast(tensor.dtype, tensor.bytes, DType::f64, std::as_writable_bytes(std::span(values)),
              array::Overflow::refuse);
  return values;
}

/// Writes a file and returns its path. The order of the tensors is the format's.
inline std::string save(const std::string& path, const std::vector<Tensor>& tensors,
                        const io::Metadata& metadata = {}) {
  std::vector<io::TensorInfo> infos;
  for (const Tensor& t : tensors) infos.push_back({.name = t.name, .dtype = t.dtype, .shape = t.shape});
  io::TensorWriter writer({path}, io::Existing::replace, io::tensor_format_of({path}), infos, metadata);
  const std::vector<io::TensorInfo> order = writer.layout().tensors;
  for (const io::TensorInfo& info : order)
    writer.write(info.name, std::ranges::find(tensors, info.name, &Tensor::name)->bytes);
  writer.finish();
  return path;
}
/// All tensors of a file, by name.
inline std::vector<Tensor> load(const std::string& path) {
  io::TensorReader reader = io::TensorReader::open({path});
  std::vector<Tensor> tensors;
  for (const io::TensorInfo& t : reader.layout().tensors) tensors.push_back({t.name, t.dtype, t.shape, reader.read(t)});
  std::ranges::sort(tensors, {}, &Tensor::name);
  return tensors;
}

/// A value as the command line would give it.
template <class T>
T parsed(std::string_view text) {
  T value;
  from_text(text, value);
  return value;
}
template <class Body>
std::string refusal(Body body) {
  return athanor::test::error_of(body).what();
}

}  // namespace athanor::checkpoint::test
