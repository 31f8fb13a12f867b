// What the head of a tensor file says: names, types, shapes and where the bytes lie.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/check.h"
#include "core/dtype.h"

namespace athanor::io {

class Input;

struct TensorInfo {
  std::string name = {};
  DType dtype = DType::f32;
  Shape shape = {};
  uint64_t offset = 0;  ///< of its first byte, when the bytes of all tensors are laid one after another
  int64_t elements() const { return element_count(shape); }
  uint64_t bytes() const { return uint64_t(elements()) * size_of(dtype); }
};

using Metadata = std::map<std::string, std::string>;

/// Tensors in the order in which their bytes come, without gaps.
struct Layout {
  std::string format = {};  ///< "safetensors", "npy", "npz", "pt" or "idx"
  std::vector<TensorInfo> tensors = {};
  Metadata metadata = {};
  std::vector<std::string> files = {};  ///< names of the shards, when there are several
  uint64_t header_bytes = 0;            ///< of what describes the tensors: a header, a zip's directory, an index
  bool big_endian = false;              ///< IDX, some .npy: the elements as they are stored
  bool fortran_order = false;           ///< some .npy: likewise
  std::string header_sha256 = {};       ///< of these bytes
  uint64_t payload_bytes() const;
  /// The tensor's position, or -1.
  int64_t find(std::string_view name) const;
};

/// Bytes of a tensor. Throws Error{data} when the sizes overflow or one is negative.
uint64_t byte_count(DType dtype, const Shape& shape);
/// Throws Error{data} when two tensors have one name.
void check_names(const std::vector<TensorInfo>& tensors);
/// Whether all formats can hold the name: it is UTF-8 without NUL.
bool is_text(std::string_view name);
/// Checks that the sizes do not overflow and, where the input's size is known, that the bytes after the header, which
/// began at position `start`, are those of the tensors and no others. Throws Error{data}.
void check_payload(const Layout& layout, const Input& input, uint64_t start);
/// Text from a file as a terminal may show it: control characters are escaped; what is longer than `longest` bytes is
/// cut between two characters and ends in "…".
std::string printable(std::string_view text, size_t longest = std::string_view::npos);
/// A name of a tensor as messages show it: printable, in quotes, cut when very long.
std::string in_quotes(std::string_view name);

}  // namespace athanor::io
