// Processes that add their tensors, by LibTorch's c10d.
#pragma once

#include <ATen/core/Tensor.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "train/launch.h"

namespace athanor::train {

/// An exchange under way: waits this long at most and says whether it is done.
using Finish = std::function<bool(std::chrono::milliseconds patience)>;

/// A process among others. All call the same functions in the same order. They throw what c10d throws, which Ranks
/// turns into Error{network}.
class Group {
 public:
  virtual ~Group() = default;
  /// Words that rank 0 keeps for all.
  virtual void tell(const std::string& name, const std::string& words) = 0;
  /// Waits for the words.
  virtual std::string ask(const std::string& name) = 0;
  /// Connects each process with each; this one's host is reached at `address`. Comes before what follows.
  virtual void connect(const std::string& address) = 0;
  /// Starts to add a contiguous tensor over all processes, in place; the same bits for all. `done` may be null, or is
  /// called when the sum is there, on another thread.
  virtual Finish sum(const at::Tensor& values, const std::function<void()>& done) = 0;
  /// Starts to give rank 0's values to all.
  virtual Finish share(const at::Tensor& values) = 0;
};

/// Meets the others on the CPU, by Gloo. Throws Error{device} when LibTorch came without Gloo, Error{network}: rank 0
/// was not found in time, and what c10d throws: the place is taken. A group on cards, by NCCL, would be made here as
/// well.
std::unique_ptr<Group> meet(const Launch& launch, std::chrono::milliseconds patience);

}  // namespace athanor::train
