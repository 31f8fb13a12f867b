// What rows are compared by: a map from a row to numbers, of which distances mean something.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/check.h"
#include "core/fields.h"
#include "io/source.h"

namespace athanor::similarity {

class Features {
 public:
  virtual ~Features() = default;
  /// How tables call them; of equal names values can be compared.
  virtual const std::string& name() const = 0;
  /// Numbers of a row.
  virtual int64_t dimension() const = 0;
  /// From rows [n, shape…] to [n, dimension]. A row's features depend on it alone, to the last bit unless a class says
  /// otherwise. Thread-safe.
  virtual void compute(std::span<const float> rows, std::span<float> features) const = 0;
};

struct FeatureOptions {
  std::string kind = "pixels";
  io::Source classifier = {};  ///< checkpoint of diffusion-train --classifier
  io::Source torchscript = {};
  std::vector<double> torchscript_range{-1, 1};  ///< what it sees for black and white
  int64_t downscale = 1;  ///< of images, before features are taken: side of the squares that are averaged
  void fields(Fields& v);
  /// Throws Error{usage}: features of a network that is not given, a network in TorchScript that nothing asks for, a
  /// range that is none.
  void check() const;
};

/// Of rows of this shape, [C,H,W] or [D]; threads 0: one a processor. Throws Error{data}: the shape cannot be scaled
/// down, or is not the network's; Error{usage} as check().
std::unique_ptr<Features> make_features(const FeatureOptions& options, const Shape& shape, int64_t threads = 1);
/// A logit for each class by options.classifier, of the same rows as small as its features see them.
std::unique_ptr<Features> make_logits(const FeatureOptions& options, const Shape& shape, int64_t threads = 1);

/// Planes seen smaller: means of squares of `side` pixels. Both lengths of every plane are multiples of `side`.
std::vector<float> averaged(std::span<const float> planes, int64_t width, int64_t side);

}  // namespace athanor::similarity
