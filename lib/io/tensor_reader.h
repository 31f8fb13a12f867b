// Tensor files of every format read alike, whether they are files, folders of shards or pipes.
#pragma once

#include "io/tensor_file.h"

namespace athanor::io {

/// A tensor file that is open for reading, recognised by its content: safetensors, .npy, .npz, PyTorch's zip format,
/// IDX (each plain or gzipped), or the index of a checkpoint in several such files. Not thread-safe.
class TensorReader {
 public:
  /// Reads and validates headers only. A folder stands for the checkpoint in it. Throws Error{io, data}.
  static TensorReader open(const Source& source);
  explicit TensorReader(Input input);

  const std::string& name() const { return name_; }
  const Layout& layout() const { return file_.layout; }
  /// Whether read() may go back. Only safetensors, .npy and IDX on a pipe may not.
  bool random_access() const { return random_access_; }
  /// Copies bytes [offset, offset + out.size()) of a tensor of layout(): C order, little-endian. On a stream, reads go
  /// forward only. Throws Error{data, "input ends early: expected 50000 rows of 'images', got 8192"}.
  void read(const TensorInfo& tensor, uint64_t offset, std::span<std::byte> out);
  /// The whole tensor.
  std::vector<std::byte> read(const TensorInfo& tensor);
  /// The whole tensor in memory, C order and little-endian, as long as the reader lives: mapped where it lies so in the
  /// file, else spooled. Only where random_access().
  std::span<const std::byte> map(const TensorInfo& tensor);
  /// Spools what a stream has left, after which random_access() holds.
  void spool();
  /// Checks that a stream ends where its header says (files are checked when opened). Throws Error{data}.
  void finish();

 private:
  size_t index_of(const TensorInfo& tensor) const;
  Input& source_of(const Place& place);
  void spool_stream();
  void read_stream(const TensorInfo& tensor, Input& input, uint64_t first, std::span<std::byte> out);
  void read_plain(const TensorInfo& tensor, const Place& place, uint64_t offset, std::span<std::byte> out);
  std::string name_;
  TensorFile file_;
  bool random_access_ = true;
};

}  // namespace athanor::io
