// What a network of somebody else, given in TorchScript, sees in images: [N, C, H, W] → [N, …].
#pragma once

#include <mutex>

#include "similarity/features.h"
#include "torchscript/network.h"

namespace athanor::similarity {

class ScriptedFeatures : public Features {
 public:
  /// Shows the network rows of this shape, whose −1 and 1 it sees as range[0] and range[1]. Throws Error{io, data}: no
  /// network, or it cannot take such rows, or it does not give numbers for each of them.
  ScriptedFeatures(const io::Source& network, const std::vector<double>& range, const Shape& shape, int64_t threads);
  const std::string& name() const override { return name_; }
  int64_t dimension() const override { return dimension_; }
  /// Of a row among others to the rounding of float32: LibTorch's sums depend on how many rows there are.
  void compute(std::span<const float> rows, std::span<float> features) const override;

 private:
  Shape shape_;
  double scale_, offset_;
  std::string name_;
  int64_t dimension_ = 0;
  mutable std::mutex one_at_a_time_;
  std::unique_ptr<torchscript::Network> network_;
};

}  // namespace athanor::similarity
