// Random features: one layer with weights that nobody trained, and averages of it over parts of an image.
//
//   φ_f(p) = √2·max(0, w_f·(p, 1)/√(D + 1)),   w_f ~ N(0, I)
//
// In expectation φ(p)·φ(q) is the arc-cosine kernel of order 1. Of a vector [D], p is the vector, and there are 512
// features. Of an image, p is each patch of 5×5 pixels and all channels (at every second pixel, without a border; fewer
// pixels where the image is smaller), at its own size and, where both sides are even and at least 10, averaged by
// squares of 2×2. Each of 64 features a size is averaged over the four quarters of the patches' grid: 512 numbers of
// two sizes, 256 of one. They see edges, strokes, textures and where they are, and are blind to what a network has to
// learn.
//
// The weights are those of seed 0, always: features of one name and shape are the same in every run.
//
// Source: Cho and Saul, "Kernel methods for deep learning" (2009), equations 3 and 14; Saxe et al., "On random
//         weights and unsupervised feature learning" (2011); Naeem et al. (2020), section 4.3, on random embeddings
//         as features.
// Accuracy: within 1e-6 of the definition in float64.
#pragma once

#include <vector>

#include "similarity/features.h"

namespace athanor::similarity {

class RandomFeatures : public Features {
 public:
  /// Of rows [C,H,W] or [D].
  explicit RandomFeatures(const Shape& shape);
  const std::string& name() const override { return name_; }
  int64_t dimension() const override { return dimension_; }
  void compute(std::span<const float> rows, std::span<float> features) const override;

 private:
  /// A layer over the patches of an image of one size.
  struct Layer {
    int64_t channels, height, width;  ///< of the image
    int64_t side_y, side_x;           ///< of a patch
    int64_t scale;                    ///< the image is averaged by squares of this side first
    int64_t filters;
    std::vector<double> weights;  ///< [filters, patch + 1], divided by √(patch + 1)
    int64_t patches_y() const { return (height - side_y) / 2 + 1; }
    int64_t patches_x() const { return (width - side_x) / 2 + 1; }
    int64_t patch() const { return channels * side_y * side_x; }
  };
  Layer make_layer(int64_t channels, int64_t height, int64_t width, int64_t scale, int64_t filters) const;
  std::vector<float> patches_of(const Layer& layer, std::span<const float> image) const;
  std::vector<double> responses(const Layer& layer, std::span<const float> patches) const;
  void compute_vectors(std::span<const float> rows, std::span<float> features) const;
  void pool(const Layer& layer, std::span<const double> responses, std::span<float> out) const;
  std::string name_;
  int64_t dimension_ = 0;
  bool vectors_;
  Shape shape_;
  std::vector<Layer> layers_;
};

}  // namespace athanor::similarity
