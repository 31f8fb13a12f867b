// A network in TorchScript, PyTorch's own form of a program and its weights: what torch.jit.save wrote.
//
// It is run by LibTorch, which is loaded when the first network is opened: a program that opens none starts without.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/check.h"
#include "io/source.h"

namespace athanor::torchscript {

/// Numbers in rows.
struct Values {
  Shape shape;
  std::vector<float> numbers;
};

class Network {
 public:
  virtual ~Network() = default;
  /// What it gives for `numbers` of this shape: one tensor, or the first of several, in float32. Not thread-safe.
  /// Throws Error{data} with LibTorch's words.
  virtual Values forward(std::span<const float> numbers, const Shape& shape) = 0;
};

struct Opened {
  std::unique_ptr<Network> network;
  std::string sha256;  ///< of the file
};

/// Of a file or standard input, on the processor; threads 0: one a processor. Throws Error{io}: no such file, or this
/// build has no LibTorch to load; Error{data}: no TorchScript.
Opened open_network(const io::Source& file, int64_t threads);

/// How open_network() finds lib/nn, in its shared library.
using Opener = std::unique_ptr<Network> (*)(std::span<const std::byte> file, int64_t threads);
inline constexpr const char* kOpener = "athanor_open_torchscript";

}  // namespace athanor::torchscript
