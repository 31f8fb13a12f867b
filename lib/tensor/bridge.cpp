#include "tensor/bridge.h"

#include <ATen/ATen.h>

#include "array/convert.h"

namespace athanor::tensor {

at::ScalarType scalar_type(DType dtype) {
  switch (dtype) {
    case DType::f64: return at::kDouble;
    case DType::f32: return at::kFloat;
    case DType::f16: return at::kHalf;
    case DType::bf16: return at::kBFloat16;
    case DType::i64: return at::kLong;
    case DType::i32: return at::kInt;
    case DType::i16: return at::kShort;
    case DType::i8: return at::kChar;
    case DType::u8: return at::kByte;
    case DType::boolean: return at::kBool;
    default: fail(ErrorKind::data, "LibTorch has no tensors of {}", name_of(dtype));
  }
}

at::Tensor read_float32(io::TensorReader& reader, const io::TensorInfo& info) {
  const std::vector<std::byte> bytes = reader.read(info);
  at::Tensor values = at::empty(info.shape, at::kFloat);
  array::to_float32(info.dtype, bytes, {values.data_ptr<float>(), size_t(values.numel())});
  return values;
}

std::span<const std::byte> bytes_of(const at::Tensor& tensor) {
  require(tensor.is_contiguous() && tensor.device().is_cpu(), "bytes_of: the tensor is not contiguous in memory");
  return {static_cast<const std::byte*>(tensor.data_ptr()), tensor.nbytes()};
}

at::Tensor view(std::span<float> values, at::IntArrayRef shape) {
  require(int64_t(values.size()) == element_count({shape.data(), shape.size()}), "view: {} values for the shape [{}]",
          values.size(), fmt::join(shape.vec(), ","));
  return at::from_blob(values.data(), shape, at::kFloat);
}

at::Tensor view(std::span<const float> values, at::IntArrayRef shape) {
  return view(std::span(const_cast<float*>(values.data()), values.size()), shape);
}

void rethrow_as_ours() {
  try {
    throw;
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    throw Error(ErrorKind::data, text.substr(0, text.find('\n')));
  } catch (const std::exception& error) {
    const std::string text = error.what();
    throw Error(ErrorKind::data, text.substr(0, text.find('\n')));
  }
}

}  // namespace athanor::tensor
