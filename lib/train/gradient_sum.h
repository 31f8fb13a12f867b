// The gradients of all processes added while backward() still computes the rest.
//
// A network's gradient is one vector. It is cut into buckets of whole parameters, from its end: backward() comes to a
// network's last layers first. A bucket sets out when the last of its parameters has its gradient and all buckets
// before it have set out, so that all processes send them in one order.
//
// Source: Li et al., "PyTorch Distributed: experiences on accelerating data parallel training" (2020), section 3.2.
#pragma once

#include <memory>

#include "nn/network.h"
#include "train/ranks.h"
#include "train/trace.h"

namespace athanor::train {

/// Parameters first ≤ p < last of a network, [offset, offset + count) of its flat vector.
struct Bucket {
  size_t first = 0, last = 0;
  int64_t offset = 0, count = 0;
};
/// Buckets of at least `least` numbers, but for the last one; from the end of the vector to its beginning.
std::vector<Bucket> buckets_of(std::span<const arch::Parameter> parameters, int64_t least);

class GradientSum {
 public:
  /// For one process alone it does nothing. `trace` may be null.
  GradientSum(Ranks& ranks, nn::Network& network, std::shared_ptr<Trace> trace);
  ~GradientSum();
  /// The next backward() completes the gradient.
  void expect();
  /// Waits until the network's gradient is the sum of all. Throws as Ranks.
  void finish();

 private:
  struct Hooks;
  struct Transfer {
    Bucket bucket;
    size_t missing = 0;  ///< parameters without their gradients
    std::function<void()> wait = {};
  };
  void arrived(size_t transfer);
  void start(size_t transfer);
  Ranks& ranks_;
  nn::Network& network_;
  std::shared_ptr<Trace> trace_;  ///< shared with exchanges that a lost rank left unfinished
  std::vector<Transfer> transfers_;
  size_t started_ = 0;
  bool expected_ = false;
  std::unique_ptr<Hooks> hooks_;
};

}  // namespace athanor::train
