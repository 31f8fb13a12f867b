#include "similarity/random_features.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/random.h"
#include "math/product.h"

namespace athanor::similarity {
namespace {

constexpr int64_t kPatch = 5, kImageFilters = 64, kVectorFilters = 512, kQuarters = 4;

}  // namespace

RandomFeatures::RandomFeatures(const Shape& shape) : vectors_(shape.size() != 3), shape_(shape) {
  if (vectors_) {
    layers_.push_back(make_layer(1, 1, element_count(shape), 1, kVectorFilters));
    dimension_ = kVectorFilters;
  } else {
    layers_.push_back(make_layer(shape[0], shape[1], shape[2], 1, kImageFilters));
    if (shape[1] % 2 == 0 && shape[2] % 2 == 0 && std::min(shape[1], shape[2]) >= 2 * kPatch)
      layers_.push_back(make_layer(shape[0], shape[1] / 2, shape[2] / 2, 2, kImageFilters));
    dimension_ = int64_t(layers_.size()) * kImageFilters * kQuarters;
  }
  name_ = fmt::format("random {}", dimension_);
}

RandomFeatures::Layer RandomFeatures::make_layer(int64_t channels, int64_t height, int64_t width, int64_t scale,
                                                 int64_t filters) const {
  Layer layer{.channels = channels,
              .height = height,
              .width = width,
              .side_y = vectors_ ? height : std::min(kPatch, height),
              .side_x = vectors_ ? width : std::min(kPatch, width),
              .scale = scale,
              .filters = filters,
              .weights = {}};
  const int64_t length = layer.patch() + 1;
  layer.weights.resize(size_t(filters * length));
  for (int64_t f = 0; f < filters; ++f) {
    const std::span<double> w = std::span(layer.weights).subspan(size_t(f * length), size_t(length));
    Random(0, uint64_t(f), Purpose::weight_init, uint32_t(scale)).fill_normal(w);
    for (double& v : w) v /= std::sqrt(double(length));
  }
  return layer;
}

/// All patches of an image, each followed by 1.
std::vector<float> RandomFeatures::patches_of(const Layer& layer, std::span<const float> image) const {
  std::vector<float> patches;
  patches.reserve(size_t(layer.patches_y() * layer.patches_x() * (layer.patch() + 1)));
  for (int64_t y = 0; y < layer.patches_y(); ++y)
    for (int64_t x = 0; x < layer.patches_x(); ++x) {
      for (int64_t c = 0; c < layer.channels; ++c)
        for (int64_t i = 0; i < layer.side_y; ++i) {
          const auto from = image.begin() + ((c * layer.height + 2 * y + i) * layer.width + 2 * x);
          patches.insert(patches.end(), from, from + layer.side_x);
        }
      patches.push_back(1);
    }
  return patches;
}

/// φ of each: [patches, filters].
std::vector<double> RandomFeatures::responses(const Layer& layer, std::span<const float> patches) const {
  const int64_t length = layer.patch() + 1;
  std::vector<double> values(patches.size() / size_t(length) * size_t(layer.filters), 0.0);
  math::add_products(math::rows_of(patches, length), math::rows_of(std::span<const double>(layer.weights), length),
                     values.data(), layer.filters);
  for (double& v : values) v = std::numbers::sqrt2 * std::max(0.0, v);
  return values;
}

/// Means over the four quarters of the grid of patches; where there is one row or column, halves are the same.
void RandomFeatures::pool(const Layer& layer, std::span<const double> responses, std::span<float> out) const {
  const int64_t rows = layer.patches_y(), columns = layer.patches_x();
  const auto half = [](int64_t n, int64_t part) {
    return part == 0 ? std::pair{int64_t{0}, (n + 1) / 2} : std::pair{n / 2, n};
  };
  std::vector<double> sums(size_t(layer.filters));
  for (int64_t quarter = 0; quarter < kQuarters; ++quarter) {
    const auto [top, bottom] = half(rows, quarter / 2);
    const auto [left, right] = half(columns, quarter % 2);
    std::ranges::fill(sums, 0.0);
    for (int64_t y = top; y < bottom; ++y)
      for (int64_t x = left; x < right; ++x)
        for (int64_t f = 0; f < layer.filters; ++f)
          sums[size_t(f)] += responses[size_t((y * columns + x) * layer.filters + f)];
    const auto count = double((bottom - top) * (right - left));
    for (int64_t f = 0; f < layer.filters; ++f)
      out[size_t(quarter * layer.filters + f)] = float(sums[size_t(f)] / count);
  }
}

void RandomFeatures::compute(std::span<const float> rows, std::span<float> features) const {
  if (vectors_) return compute_vectors(rows, features);
  const auto size = size_t(element_count(shape_));
  for (size_t i = 0; i < rows.size() / size; ++i) {
    const std::span<const float> row = rows.subspan(i * size, size);
    std::span<float> out = features.subspan(i * size_t(dimension_), size_t(dimension_));
    for (const Layer& layer : layers_) {
      pool(layer, responses(layer, patches_of(layer, averaged(row, layer.width * layer.scale, layer.scale))), out);
      out = out.subspan(size_t(layer.filters * kQuarters));
    }
  }
}

void RandomFeatures::compute_vectors(std::span<const float> rows, std::span<float> features) const {
  const auto size = size_t(element_count(shape_));
  std::vector<float> patches;
  patches.reserve(rows.size() / size * (size + 1));
  for (size_t i = 0; i < rows.size(); i += size) {
    std::ranges::copy(rows.subspan(i, size), std::back_inserter(patches));
    patches.push_back(1);
  }
  std::ranges::transform(responses(layers_[0], patches), features.begin(), [](double v) { return float(v); });
}

}  // namespace athanor::similarity
