// Tensor files of every format written alike.
#pragma once

#include <map>
#include <memory>

#include "io/layout.h"
#include "io/output.h"
#include "io/shards.h"

namespace athanor::io {

/// A tensor file under construction. What describes the tensors is written first, so that the tensors' bytes can follow
/// through a pipe as they are computed.
class TensorWriter {
 public:
  /// `format` is "safetensors", "npy" (one tensor, no metadata), "npz" or "pt". With a limit on the shards' size the
  /// sink is a folder that gets several safetensors and their index. Throws as Output::open, and Error{usage} when the
  /// format cannot hold the tensors.
  TensorWriter(const Sink& sink, Existing existing, std::string_view format, std::vector<TensorInfo> tensors,
               Metadata metadata = {}, const ShardOptions& shards = {});
  /// The tensors in the order in which write() must be called for them.
  const Layout& layout() const { return layout_; }
  /// Appends bytes (C order, little-endian) to the tensor; all bytes of one tensor before those of the next. Throws
  /// Error{io}.
  void write(std::string_view tensor, std::span<const std::byte> bytes);
  /// Writes each tensor of the layout from its bytes by name, and finishes. Other names do not matter.
  void write_all(const std::map<std::string, std::span<const std::byte>>& tensors);
  /// Throws Error{data} when bytes are missing, else completes the file.
  void finish();

  /// How one format lays tensors out.
  class Format {
   public:
    virtual ~Format() = default;
    /// The tensor's bytes follow.
    virtual void begin(const TensorInfo& tensor) = 0;
    virtual void write(std::span<const std::byte> bytes) = 0;
    virtual void finish() = 0;
  };

 private:
  bool complete() const;
  void next();
  std::string name_;
  Layout layout_;
  std::unique_ptr<Format> format_;
  size_t current_ = 0;
  uint64_t written_ = 0;  ///< bytes of the current tensor
};

/// The formats that can be written.
inline constexpr std::string_view kTensorFormats[] = {"safetensors", "npy", "npz", "pt"};
/// The tensor format that a file name asks for: npy, npz, pt (also .pth and .bin), else "safetensors".
std::string tensor_format_of(const Sink& sink);

}  // namespace athanor::io
