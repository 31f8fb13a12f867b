// Random tensors, loops over their elements, and small networks for tests.
#pragma once

#include <ATen/ATen.h>

#include <cmath>
#include <numbers>

#include "arch/network.h"
#include "core/random.h"
#include "nn/network.h"
#include "support/catch.h"

namespace athanor::nn::test {

/// Standard normal elements, others for each `stream`.
inline at::Tensor normals(const Shape& shape, uint64_t stream) {
  at::Tensor tensor = at::empty(shape, at::kFloat);
  Random random(7, stream, Purpose::initial_noise);
  random.fill_normal(std::span(tensor.data_ptr<float>(), size_t(tensor.numel())));
  return tensor;
}

/// The same, images laid out channels last as networks see them.
inline at::Tensor image_normals(const Shape& shape, uint64_t stream) {
  return normals(shape, stream).contiguous(at::MemoryFormat::ChannelsLast);
}

/// Elements by index, in float64, whatever the memory layout. An index outside the tensor is an error of the test.
class Elements {
 public:
  explicit Elements(const at::Tensor& tensor) : shape_(tensor.sizes().vec()) {
    const at::Tensor values = tensor.detach().to(at::kDouble).contiguous();
    values_.assign(values.data_ptr<double>(), values.data_ptr<double>() + values.numel());
  }
  explicit Elements(Shape shape) : shape_(std::move(shape)), values_(size_t(element_count(shape_))) {}
  template <class... Index>
  double& operator()(Index... index) {
    return values_.at(position({int64_t(index)...}));
  }
  template <class... Index>
  double operator()(Index... index) const {
    return values_.at(position({int64_t(index)...}));
  }
  const Shape& shape() const { return shape_; }
  const std::vector<double>& values() const { return values_; }

 private:
  size_t position(std::initializer_list<int64_t> index) const {
    if (index.size() != shape_.size()) throw std::logic_error("an index of another rank");
    size_t at = 0, axis = 0;
    for (const int64_t i : index) {
      if (i < 0 || i >= shape_[axis]) throw std::logic_error("an index outside the tensor");
      at = at * size_t(shape_[axis++]) + size_t(i);
    }
    return at;
  }
  Shape shape_;
  std::vector<double> values_;
};

/// The largest difference, relative to the largest expected element; infinity when shapes differ or a value is NaN.
inline double relative_difference(const at::Tensor& got, const Elements& expected) {
  if (got.sizes().vec() != expected.shape()) return HUGE_VAL;
  const Elements values(got);
  double largest = 0, difference = 0;
  for (size_t i = 0; i < values.values().size(); ++i) {
    const double d = std::abs(values.values()[i] - expected.values()[i]);
    difference = std::max(difference, std::isnan(d) ? HUGE_VAL : d);
    largest = std::max(largest, std::abs(expected.values()[i]));
  }
  return difference / largest;
}

/// Images 3×6×10, two levels of 4 and 8 channels with attention at both, three classes.
inline arch::NetworkConfig small_unet() {
  arch::NetworkConfig config;
  config.shape = {3, 6, 10};
  config.classes = 3;
  config.unet = {.channels = 4, .multipliers = {1, 2}, .blocks = 1, .attention = {6}, .head_channels = 4};
  return config;
}
/// Vectors of 3, two layers of 8, two classes.
inline arch::NetworkConfig small_mlp() {
  return {.type = "mlp", .shape = {3}, .classes = 2, .unet = {}, .mlp = {.width = 8, .depth = 2}};
}

/// Images 3×4×6 in patches of 2, two blocks of 8 channels, three classes.
inline arch::NetworkConfig small_dit() {
  arch::NetworkConfig config{.type = "dit", .shape = {3, 4, 6}, .classes = 3};
  config.dit = {.patch = 2, .hidden = 8, .layers = 2, .heads = 2, .mlp_ratio = 2};
  return config;
}
/// The small UNet's way down, four outputs.
inline arch::NetworkConfig small_classifier() {
  arch::NetworkConfig config = small_unet();
  config.type = "classifier";
  config.classes = 0;
  config.outputs = 4;
  return config;
}
/// One of each kind.
inline std::vector<arch::NetworkConfig> small_networks() {
  return {small_unet(), small_mlp(), small_dit(), small_classifier()};
}

/// A network whose parameters are all away from their start: layers that begin at zero would hide the others.
inline Network perturbed(const arch::NetworkConfig& config, uint64_t seed = 1) {
  Network network(arch::build(config));
  network.initialise(seed);
  network.flat().add_(normals({network.flat().numel()}, 99), 0.2);
  return network;
}

/// n random inputs, each label met, none among them.
inline Inputs inputs_of(const arch::NetworkConfig& config, int64_t n) {
  Shape shape = config.shape;
  shape.insert(shape.begin(), n);
  Inputs inputs{.x = shape.size() == 4 ? image_normals(shape, 1) : normals(shape, 1),
                .noise = normals({n}, 2),
                .labels = at::empty({n}, at::kLong)};
  for (int64_t i = 0; i < n; ++i) inputs.labels.data_ptr<int64_t>()[i] = i % (config.classes + 1) - 1;
  return inputs;
}

}  // namespace athanor::nn::test
