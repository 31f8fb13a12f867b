// The one bridge between this library's tensors and LibTorch's.
#pragma once

#include <ATen/core/Tensor.h>

#include <type_traits>

#include "core/error.h"
#include "io/tensor_reader.h"

namespace athanor::tensor {

/// LibTorch's name of an element type. Throws Error{data} for unsigned 16 to 64 bit, which LibTorch lacks.
at::ScalarType scalar_type(DType dtype);

/// A tensor of a file as float32, of its shape. Throws as io::TensorReader::read.
at::Tensor read_float32(io::TensorReader& reader, const io::TensorInfo& info);

/// The bytes of a contiguous CPU tensor.
std::span<const std::byte> bytes_of(const at::Tensor& tensor);

/// A float32 view of memory that outlives the tensor.
at::Tensor view(std::span<float> values, at::IntArrayRef shape);
/// The same for memory that is only read.
at::Tensor view(std::span<const float> values, at::IntArrayRef shape);

/// LibTorch's errors carry a backtrace of many lines: throws Error{data} with the first line of it.
[[noreturn]] void rethrow_as_ours();

/// Calls f; what LibTorch throws inside becomes our Error.
template <class F>
std::invoke_result_t<F> translated(F&& f) {
  try {
    return f();
  } catch (const Error&) {
    throw;
  } catch (const std::exception&) {
    rethrow_as_ours();
  }
}

}  // namespace athanor::tensor
