// Which optimizer, with its options: the registry behind --optimizer.
//
// A step has two halves, so that a gradient may come in parts: accumulate() takes part after part into the optimizer's
// own momentum, with the weights that make k parts the same as their mean; update() then changes the parameters.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "arch/graph.h"
#include "core/fields.h"

namespace athanor::train {

/// Part `index` of the `count` whose mean is a step's gradient.
struct Part {
  int64_t index = 0, count = 1;
  /// What the momentum keeps of itself when the part comes: its decay at the first, all of it at the others.
  double keeps(double decay) const { return index == 0 ? decay : 1; }
  /// What it takes of the part.
  double takes(double decay) const { return (1 - decay) / double(count); }
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// Takes a part of a step's gradient [P], which is finite unless survives_nan().
  virtual void accumulate(const at::Tensor& gradient, Part part) = 0;
  /// Step t ≥ 1 with learning rate `rate`: changes the parameters [P].
  virtual void update(at::Tensor& parameters, int64_t t, double rate) = 0;
  /// Whether a gradient with NaN is skipped where it is, and not an error.
  virtual bool survives_nan() const { return false; }
  /// What the next step depends on, by name; each [P], zero at the start.
  virtual std::vector<std::pair<std::string, at::Tensor*>> state() = 0;
};

struct OptimizerOptions {
  std::string name = "adamw";
  double learning_rate = 1e-3;
  std::optional<double> beta1, beta2;  ///< the optimizer's own when not given
  double epsilon = 1e-8;
  double weight_decay = 0;
  double rms_floor = 0.02;  ///< of tiger
  void fields(Fields& v);
  /// Throws Error{usage}: a β for an optimizer that has none.
  void check() const;
};

/// An optimizer at its start. The parameters lie one after another in a vector [P]. Throws as OptimizerOptions::check.
std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options, std::span<const arch::Parameter> parameters);

/// [P]: 1 where weight decay acts (matrices, kernels and embeddings), 0 for biases and gains.
at::Tensor decay_mask(std::span<const arch::Parameter> parameters);

}  // namespace athanor::train
