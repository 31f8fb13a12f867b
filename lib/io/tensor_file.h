// An open tensor file of any format: what it holds, and where the bytes lie.
#pragma once

#include <functional>
#include <vector>

#include "io/input.h"
#include "io/layout.h"

namespace athanor::io {

/// Where a tensor's elements lie.
struct Place {
  size_t source = 0;                  ///< which of the file's sources
  uint64_t offset = 0;                ///< of the first element, from the source's beginning
  std::vector<int64_t> strides = {};  ///< in elements, >= 0; empty: C order without gaps
  bool big_endian = false;
  bool plain() const { return strides.empty() && !big_endian; }
};

/// Bytes that tensors lie in: a whole file, or an entry of an archive.
struct TensorSource {
  Input input;
  std::function<Input()> reopen = {};  ///< for a stream that can be read again from its beginning
};

struct TensorFile {
  Layout layout = {};
  std::vector<Place> places = {};  ///< of each of the layout's tensors
  std::vector<TensorSource> sources = {};
};

/// Copies elements from strided storage: `out` gets the C-order elements of `shape` from element `first` on.
/// `storage` begins with the tensor's first element and reaches to its last.
void gather(std::span<const std::byte> storage, const Shape& shape, std::span<const int64_t> strides,
            size_t element_size, uint64_t first, std::span<std::byte> out);
/// Bytes from the first element to the end of the last one; 0 for an empty tensor. Throws Error{data} on overflow.
uint64_t strided_bytes(const Shape& shape, std::span<const int64_t> strides, size_t element_size);
/// Strides of C order, slowest axis first; of Fortran order the other way round.
std::vector<int64_t> c_strides(const Shape& shape);
std::vector<int64_t> fortran_strides(const Shape& shape);
/// Whether the elements lie in C order without gaps, whatever the strides of axes of one element say.
bool is_c_order(const Shape& shape, std::span<const int64_t> strides);
void swap_bytes(size_t element_size, std::span<std::byte> bytes);

}  // namespace athanor::io
