#include "io/tensor_file.h"

#include <algorithm>
#include <cstring>

namespace athanor::io {
namespace {

template <class T>
void gather_elements(const std::byte* storage, const Shape& shape, std::span<const int64_t> strides, uint64_t first,
                     std::byte* out, uint64_t count) {
  const size_t axes = shape.size();
  std::vector<int64_t> index(axes);
  int64_t at = 0;  // in elements
  for (size_t a = axes; a-- > 0;) {
    index[a] = int64_t(first % uint64_t(shape[a]));
    first /= uint64_t(shape[a]);
    at += index[a] * strides[a];
  }
  const int64_t inner = strides[axes - 1], length = shape[axes - 1];
  while (count > 0) {
    const int64_t run = int64_t(std::min<uint64_t>(count, uint64_t(length - index[axes - 1])));
    for (int64_t i = 0; i < run; ++i, out += sizeof(T))
      std::memcpy(out, storage + (at + i * inner) * int64_t(sizeof(T)), sizeof(T));
    count -= uint64_t(run);
    at -= index[axes - 1] * inner;  // to the start of the row, then of the next
    index[axes - 1] = 0;
    for (size_t a = axes - 1; a-- > 0;) {
      at += strides[a];
      if (++index[a] < shape[a]) break;
      at -= strides[a] * shape[a];
      index[a] = 0;
    }
  }
}

/// The stride of the axis next to one with this stride and size. Only an empty tensor's can overflow, and are not used.
int64_t stride_beyond(int64_t stride, int64_t size) {
  int64_t product = 0;
  return __builtin_mul_overflow(stride, std::max<int64_t>(size, 1), &product) ? 1 : product;
}

}  // namespace

void gather(std::span<const std::byte> storage, const Shape& shape, std::span<const int64_t> strides,
            size_t element_size, uint64_t first, std::span<std::byte> out) {
  if (out.empty()) return;
  if (shape.empty()) return void(std::memcpy(out.data(), storage.data(), out.size()));
  const uint64_t count = out.size() / element_size;
  switch (element_size) {
    case 1: return gather_elements<uint8_t>(storage.data(), shape, strides, first, out.data(), count);
    case 2: return gather_elements<uint16_t>(storage.data(), shape, strides, first, out.data(), count);
    case 4: return gather_elements<uint32_t>(storage.data(), shape, strides, first, out.data(), count);
    default: return gather_elements<uint64_t>(storage.data(), shape, strides, first, out.data(), count);
  }
}

uint64_t strided_bytes(const Shape& shape, std::span<const int64_t> strides, size_t element_size) {
  if (std::ranges::count(shape, 0) > 0) return 0;
  int64_t last = 0;
  for (size_t a = 0; a < shape.size(); ++a) {
    int64_t reach = 0;
    const bool overflow =
        __builtin_mul_overflow(shape[a] - 1, strides[a], &reach) || __builtin_add_overflow(last, reach, &last);
    require(!overflow && strides[a] >= 0, "strides [{}] of {} are impossible", fmt::join(strides, ","),
            shape_text(shape));
  }
  uint64_t bytes = 0;
  require(last < INT64_MAX && !__builtin_mul_overflow(uint64_t(last) + 1, element_size, &bytes),
          "strides [{}] of {} are impossible", fmt::join(strides, ","), shape_text(shape));
  return bytes;
}

std::vector<int64_t> c_strides(const Shape& shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t a = shape.size(); a-- > 1;) strides[a - 1] = stride_beyond(strides[a], shape[a]);
  return strides;
}

std::vector<int64_t> fortran_strides(const Shape& shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t a = 1; a < shape.size(); ++a) strides[a] = stride_beyond(strides[a - 1], shape[a - 1]);
  return strides;
}

bool is_c_order(const Shape& shape, std::span<const int64_t> strides) {
  const std::vector<int64_t> expected = c_strides(shape);
  for (size_t a = 0; a < shape.size(); ++a)
    if (shape[a] > 1 && strides[a] != expected[a]) return std::ranges::count(shape, 0) > 0;
  return true;
}

void swap_bytes(size_t element_size, std::span<std::byte> bytes) {
  for (size_t i = 0; i + element_size <= bytes.size(); i += element_size)
    std::ranges::reverse(bytes.subspan(i, element_size));
}

}  // namespace athanor::io
