// Networks evaluated by their definitions, a sum at a time, in float64: the truth that fast executors are held to.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "arch/graph.h"

namespace athanor::test {

using Doubles = std::vector<double>;

struct PlainInput {
  Doubles x;
  double noise = 0;
  int64_t label = -1;
};

namespace plain {

inline double silu(double x) { return x / (1 + std::exp(-x)); }

inline double gelu(double x) {
  return x / 2 * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
}

inline Doubles positional_embedding(double value, int64_t dim) {
  Doubles y(static_cast<size_t>(dim));
  for (int64_t i = 0; i < dim / 2; ++i) {
    // float32 is what the frequency and the angle are by definition: networks were trained with them.
    const float frequency = float(std::pow(10000.0, -double(i) / double(dim / 2 - 1)));
    const float angle = float(value) * frequency;
    y[size_t(i)] = std::cos(double(angle));
    y[size_t(dim / 2 + i)] = std::sin(double(angle));
  }
  return y;
}

inline Doubles linear(const Doubles& x, const Doubles& weight, const Doubles& bias) {
  Doubles y = bias;
  for (size_t j = 0; j < y.size(); ++j)
    for (size_t i = 0; i < x.size(); ++i) y[j] += weight[j * x.size() + i] * x[i];
  return y;
}

inline Doubles conv2d(const arch::Node& node, const Shape& in, const Doubles& x, const Doubles& weight,
                      const Doubles& bias) {
  const Shape& out = node.shape;
  const int64_t k = node.kernel, pad = (k - 1) / 2;
  Doubles y;
  for (int64_t o = 0; o < out[0]; ++o)
    for (int64_t i = 0; i < out[1]; ++i)
      for (int64_t j = 0; j < out[2]; ++j) {
        double sum = bias[size_t(o)];
        for (int64_t c = 0; c < in[0]; ++c)
          for (int64_t a = 0; a < k; ++a)
            for (int64_t b = 0; b < k; ++b) {
              const int64_t row = i * node.stride + a - pad, column = j * node.stride + b - pad;
              if (row < 0 || row >= in[1] || column < 0 || column >= in[2]) continue;
              sum += weight[size_t(((o * in[0] + c) * k + a) * k + b)] * x[size_t((c * in[1] + row) * in[2] + column)];
            }
        y.push_back(sum);
      }
  return y;
}

inline Doubles group_norm(const Doubles& x, int64_t channels, int64_t groups, double epsilon, const Doubles& weight,
                          const Doubles& bias) {
  Doubles y = x;
  const size_t pixels = x.size() / size_t(channels), size = x.size() / size_t(groups);
  for (size_t first = 0; first < x.size(); first += size) {
    double mean = 0, variance = 0;
    for (size_t i = first; i < first + size; ++i) mean += x[i] / double(size);
    for (size_t i = first; i < first + size; ++i) variance += (x[i] - mean) * (x[i] - mean) / double(size);
    for (size_t i = first; i < first + size; ++i)
      y[i] = (x[i] - mean) / std::sqrt(variance + epsilon) * weight[i / pixels] + bias[i / pixels];
  }
  return y;
}

/// Over the channels of each pixel; weight and bias may be empty.
inline Doubles layer_norm(const Doubles& x, int64_t channels, double epsilon, const Doubles& weight,
                          const Doubles& bias) {
  Doubles y = x;
  const size_t n = size_t(channels), pixels = x.size() / n;
  for (size_t pixel = 0; pixel < pixels; ++pixel) {
    double mean = 0, variance = 0;
    for (size_t c = 0; c < n; ++c) mean += x[c * pixels + pixel] / double(n);
    for (size_t c = 0; c < n; ++c) variance += std::pow(x[c * pixels + pixel] - mean, 2) / double(n);
    for (size_t c = 0; c < n; ++c) {
      double& value = y[c * pixels + pixel];
      value = (value - mean) / std::sqrt(variance + epsilon);
      if (!weight.empty()) value = value * weight[c] + bias[c];
    }
  }
  return y;
}

inline Doubles gate(const Doubles& x, const Doubles& g) {
  Doubles y = x;
  for (size_t i = 0; i < x.size(); ++i) y[i] *= g[i / (x.size() / g.size())];
  return y;
}

inline Doubles modulate(const Doubles& x, const Doubles& scale_shift) {
  Doubles y = x;
  const size_t channels = scale_shift.size() / 2, pixels = x.size() / channels;
  for (size_t i = 0; i < x.size(); ++i)
    y[i] = x[i] * (1 + scale_shift[i / pixels]) + scale_shift[channels + i / pixels];
  return y;
}

inline Doubles attention(const arch::Node& node, const Doubles& qkv) {
  const int64_t channels = node.shape[0], tokens = node.shape[1] * node.shape[2], size = channels / node.heads;
  const auto at = [&](int64_t part, int64_t c, int64_t token) {
    return qkv[size_t((part * channels + c) * tokens + token)];
  };
  Doubles y(size_t(channels * tokens));
  for (int64_t h = 0; h < node.heads; ++h)
    for (int64_t t = 0; t < tokens; ++t) {
      Doubles weights;
      double most = -INFINITY, total = 0;
      for (int64_t s = 0; s < tokens; ++s) {
        double score = 0;
        for (int64_t c = h * size; c < (h + 1) * size; ++c) score += at(0, c, t) * at(1, c, s);
        weights.push_back(score / std::sqrt(double(size)));
        most = std::max(most, weights.back());
      }
      for (double& w : weights) total += w = std::exp(w - most);
      for (int64_t c = h * size; c < (h + 1) * size; ++c)
        for (int64_t s = 0; s < tokens; ++s) y[size_t(c * tokens + t)] += weights[size_t(s)] / total * at(2, c, s);
    }
  return y;
}

inline Doubles upsample(const Shape& in, const Doubles& x) {
  Doubles y;
  for (int64_t c = 0; c < in[0]; ++c)
    for (int64_t i = 0; i < 2 * in[1]; ++i)
      for (int64_t j = 0; j < 2 * in[2]; ++j) y.push_back(x[size_t((c * in[1] + i / 2) * in[2] + j / 2)]);
  return y;
}

/// x + P, whose first half of the channels is of the column and whose second half is of the row.
inline Doubles add_positions(const Shape& shape, const Doubles& x) {
  Doubles y = x;
  const int64_t half = shape[0] / 2, quarter = shape[0] / 4;
  for (int64_t c = 0; c < shape[0]; ++c)
    for (int64_t i = 0; i < shape[1]; ++i)
      for (int64_t j = 0; j < shape[2]; ++j) {
        const double place = double(c < half ? j : i);
        const double angle = place * std::pow(10000.0, -2.0 * double(c % quarter) / double(half));
        y[size_t((c * shape[1] + i) * shape[2] + j)] += c % half < quarter ? std::sin(angle) : std::cos(angle);
      }
  return y;
}

/// Of an image [C,H,W], or back to one.
inline Doubles patchify(const Shape& image, int64_t p, const Doubles& x, bool back) {
  Doubles y(x.size());
  const int64_t height = image[1] / p, width = image[2] / p;
  for (int64_t c = 0; c < image[0]; ++c)
    for (int64_t i = 0; i < image[1]; ++i)
      for (int64_t j = 0; j < image[2]; ++j) {
        const int64_t channel = (c * p + i % p) * p + j % p;
        const size_t pixel = size_t((c * image[1] + i) * image[2] + j);
        const size_t token = size_t((channel * height + i / p) * width + j / p);
        back ? y[pixel] = x[token] : y[token] = x[pixel];
      }
  return y;
}

inline Doubles mean(const Doubles& x, int64_t channels) {
  Doubles y(static_cast<size_t>(channels));
  const size_t pixels = x.size() / y.size();
  for (size_t i = 0; i < x.size(); ++i) y[i / pixels] += x[i] / double(pixels);
  return y;
}

}  // namespace plain

/// The network's output for one image, [C,H,W] or [D] in C order.
inline Doubles evaluate(const arch::Graph& graph, const std::vector<Doubles>& parameters, const PlainInput& input) {
  using arch::Op;
  std::vector<Doubles> values;
  for (const arch::Node& node : graph.nodes()) {
    const auto in = [&](size_t i) -> const Doubles& { return values[size_t(node.inputs[i])]; };
    const auto p = [&](size_t i) -> const Doubles& { return parameters[size_t(node.parameters[i])]; };
    const auto shape_in = [&]() -> const Shape& { return graph.nodes()[size_t(node.inputs[0])].shape; };
    Doubles y;
    switch (node.op) {
      case Op::input: y = input.x; break;
      case Op::noise_level: y = {input.noise}; break;
      case Op::label: y = {double(input.label)}; break;
      case Op::positional_embedding: y = plain::positional_embedding(in(0)[0], node.shape[0]); break;
      case Op::class_embedding: {
        const int64_t dim = node.shape[0], none = int64_t(p(0).size()) / dim - 1;
        const int64_t row = input.label < 0 ? none : input.label;
        y.assign(p(0).begin() + row * dim, p(0).begin() + (row + 1) * dim);
        break;
      }
      case Op::linear: y = plain::linear(in(0), p(0), p(1)); break;
      case Op::conv2d: y = plain::conv2d(node, shape_in(), in(0), p(0), p(1)); break;
      case Op::group_norm: y = plain::group_norm(in(0), node.shape[0], node.groups, node.epsilon, p(0), p(1)); break;
      case Op::layer_norm: {
        const bool weighted = !node.parameters.empty();
        y = plain::layer_norm(in(0), node.shape[0], node.epsilon, weighted ? p(0) : Doubles(),
                              weighted ? p(1) : Doubles());
        break;
      }
      case Op::modulate: y = plain::modulate(in(0), in(1)); break;
      case Op::silu:
        for (const double x : in(0)) y.push_back(plain::silu(x));
        break;
      case Op::gelu:
        for (const double x : in(0)) y.push_back(plain::gelu(x));
        break;
      case Op::gate: y = plain::gate(in(0), in(1)); break;
      case Op::attention: y = plain::attention(node, in(0)); break;
      case Op::add:
        for (size_t i = 0; i < in(0).size(); ++i) y.push_back(in(0)[i] + in(1)[i]);
        break;
      case Op::concat:
        y = in(0);
        y.insert(y.end(), in(1).begin(), in(1).end());
        break;
      case Op::upsample: y = plain::upsample(shape_in(), in(0)); break;
      case Op::told: y.assign(size_t(node.shape[0]), 0); break;  // nothing was done to the image
      case Op::add_positions: y = plain::add_positions(node.shape, in(0)); break;
      case Op::patchify: y = plain::patchify(shape_in(), node.patch, in(0), false); break;
      case Op::unpatchify: y = plain::patchify(node.shape, node.patch, in(0), true); break;
      case Op::mean: y = plain::mean(in(0), node.shape[0]); break;
    }
    values.push_back(std::move(y));
  }
  return values[size_t(graph.output_node())];
}

}  // namespace athanor::test
