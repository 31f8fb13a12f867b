// Tensor files read and written alike, whatever their format and whether they are files or pipes.
#pragma once

#include <memory>

#include "io/input.h"
#include "io/layout.h"
#include "io/output.h"

namespace athanor::io {

/// A tensor file that is open for reading: safetensors, .npy or IDX (each plain or gzipped), by content.
class TensorReader {
 public:
  /// Reads and validates the header only. Throws Error{io, data}.
  static TensorReader open(const Source& source) { return TensorReader(Input::open(source)); }
  explicit TensorReader(Input input);

  const std::string& name() const { return input_.name(); }
  const Layout& layout() const { return layout_; }
  /// Whether read() may go back: the bytes lie in memory.
  bool random_access() const { return !input_.mapped().empty(); }
  /// Copies bytes [offset, offset + out.size()) of a tensor, little-endian. On a stream, reads go forward only.
  /// Throws Error{data, "input ends early: expected 50000 rows of 'images', got 8192"}.
  void read(const TensorInfo& tensor, uint64_t offset, std::span<std::byte> out);
  /// The whole tensor.
  std::vector<std::byte> read(const TensorInfo& tensor);
  /// Checks that a stream ends where its header says (files are checked when opened). Throws Error{data}.
  void finish();

 private:
  Input input_;
  Layout layout_;
  uint64_t payload_ = 0;  ///< where it begins in the input
};

/// A tensor file under construction: its header is written first, the tensors' bytes follow in its order.
class TensorWriter {
 public:
  /// `format` is "safetensors" or "npy" (one tensor, no metadata). Throws as Output::open.
  TensorWriter(const Sink& sink, Existing existing, std::string_view format, std::vector<TensorInfo> tensors,
               Metadata metadata = {});
  /// The tensors in the order in which write() must be called for them.
  const Layout& layout() const { return layout_; }
  /// Appends bytes to the tensor; all bytes of one tensor before those of the next. Throws Error{io}.
  void write(std::string_view tensor, std::span<const std::byte> bytes);
  /// Throws Error{data} when bytes are missing, else completes the file.
  void finish();

 private:
  Layout layout_;
  Output output_;
  size_t current_ = 0;
  uint64_t written_ = 0;  ///< bytes of the current tensor
};

/// The tensor format that a file name asks for: "npy" for .npy, else "safetensors".
std::string tensor_format_of(const Sink& sink);

}  // namespace athanor::io
