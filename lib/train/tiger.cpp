#include "train/tiger.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace athanor::train {
namespace {

constexpr double kShrink = 0.99;

double root_mean_square(std::span<const float> values) {
  double sum = 0;
  for (const float v : values) sum += double(v) * v;
  return std::sqrt(sum / double(values.size()));
}

}  // namespace

Tiger::Tiger(double beta, double weight_decay, double rms_floor, std::span<const arch::Parameter> parameters)
    : beta_(beta), weight_decay_(weight_decay), rms_floor_(rms_floor) {
  int64_t offset = 0;
  for (const arch::Parameter& p : parameters) {
    const int64_t rows = p.role == arch::Role::embedding ? p.shape[0] : 1, count = element_count(p.shape) / rows;
    for (int64_t row = 0; row < rows; ++row, offset += count)
      ranges_.push_back({.offset = offset, .count = count, .role = p.role});
  }
  m_ = at::zeros({offset}, at::kFloat);
}

void Tiger::accumulate(const at::Tensor& gradient, Part part) {
  const float keeps = float(part.keeps(beta_)), takes = float(part.takes(beta_));
  for (Range& range : ranges_) {
    const float* g = gradient.data_ptr<float>() + range.offset;
    float* m = m_.data_ptr<float>() + range.offset;
    const bool finite = std::all_of(g, g + range.count, [](float v) { return std::isfinite(v); });
    range.broken = !finite || (part.index > 0 && range.broken);
    if (finite)
      for (int64_t i = 0; i < range.count; ++i) m[i] = keeps * m[i] + takes * g[i];
  }
}

void Tiger::update(at::Tensor& parameters, int64_t, double rate) {
  for (const Range& range : ranges_) {
    float* theta = parameters.data_ptr<float>() + range.offset;
    const float* m = m_.data_ptr<float>() + range.offset;
    const bool vector = range.role == arch::Role::bias || range.role == arch::Role::gain;
    if (range.broken) {
      const float c = range.role == arch::Role::gain ? 1 : 0;
      for (int64_t i = 0; i < range.count; ++i) theta[i] = (theta[i] - c) * float(kShrink) + c;
      continue;
    }
    const double size = vector ? 0.5 : std::max(rms_floor_, root_mean_square({theta, size_t(range.count)}));
    const float eta = float(rate * size), decay = float(vector ? 0 : weight_decay_);
    for (int64_t i = 0; i < range.count; ++i) theta[i] -= eta * (float(m[i] > 0) - float(m[i] < 0) + decay * theta[i]);
  }
}

}  // namespace athanor::train
