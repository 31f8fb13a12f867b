#include "engine/movement.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace athanor::engine {
namespace {

/// A step that is a function of one image's frame.
class ImageStep : public Step {
 public:
  using Body = std::function<void(const Frame&, int64_t image)>;
  ImageStep(std::vector<int> from, int to, Body body) : body_(std::move(body)) {
    reads = std::move(from);
    writes = to;
  }
  void run(const Frame& frame, const Share& share) const override {
    const auto [first, last] = share.of(frame.images);
    for (int64_t image = first; image < last; ++image) {
      if (writes >= 0) clear_halo(frame.plane(writes), frame.data(writes, image));
      body_(frame, image);
    }
  }

 private:
  Body body_;
};

std::unique_ptr<Step> step(std::vector<int> from, int to, ImageStep::Body body) {
  return std::make_unique<ImageStep>(std::move(from), to, std::move(body));
}

/// Calls f(y, x) for all pixels.
template <class F>
void for_pixels(const Plane& plane, F f) {
  for (int64_t y = 0; y < plane.height; ++y)
    for (int64_t x = 0; x < plane.width; ++x) f(y, x);
}

}  // namespace

std::unique_ptr<Step> positional_embedding(const Program& program, int out) {
  const int64_t half = program.values[size_t(out)].plane.channels / 2;
  std::vector<float> frequencies;
  for (int64_t i = 0; i < half; ++i) frequencies.push_back(float(std::pow(10000.0, -double(i) / double(half - 1))));
  return step({}, out, [=](const Frame& frame, int64_t image) {
    float* y = frame.data(out, image);
    for (int64_t i = 0; i < half; ++i) {
      const float angle = frame.noise[image] * frequencies[size_t(i)];
      y[i] = std::cos(angle);
      y[half + i] = std::sin(angle);
    }
  });
}

std::unique_ptr<Step> class_embedding(const Program& program, const std::vector<float>& weight, int out) {
  const int64_t dim = program.values[size_t(out)].plane.channels, none = int64_t(weight.size()) / dim - 1;
  return step({}, out, [=](const Frame& frame, int64_t image) {
    const int64_t label = frame.labels[image] < 0 ? none : frame.labels[image];
    std::copy_n(weight.data() + label * dim, dim, frame.data(out, image));
  });
}

std::unique_ptr<Step> condition(Vector vector, int out) {
  return step({}, out, [=](const Frame& frame, int64_t image) {
    std::copy_n(frame.vector(vector, image), frame.plane(out).channels, frame.data(out, image));
  });
}

std::unique_ptr<Step> input(int out) {
  return step({}, out, [=](const Frame& frame, int64_t image) {
    const Plane& plane = frame.plane(out);
    const float* x = frame.input + image * plane.channels * plane.pixels();
    float* y = frame.data(out, image);
    for (int64_t c = 0; c < plane.channels; ++c)
      for_pixels(plane, [&](int64_t i, int64_t j) { y[plane.at(i, j) + c] = *x++; });
  });
}

std::unique_ptr<Step> output(int from) {
  return step({from}, -1, [=](const Frame& frame, int64_t image) {
    const Plane& plane = frame.plane(from);
    float* y = frame.output + image * plane.channels * plane.pixels();
    const float* x = frame.data(from, image);
    for (int64_t c = 0; c < plane.channels; ++c)
      for_pixels(plane, [&](int64_t i, int64_t j) { *y++ = x[plane.at(i, j) + c]; });
  });
}

std::unique_ptr<Step> sum(int a, int b, int out) {
  return step({a, b}, out, [=](const Frame& frame, int64_t image) {
    const Plane &pa = frame.plane(a), &pb = frame.plane(b), &to = frame.plane(out);
    for_pixels(to, [&](int64_t i, int64_t j) {
      const float *x = frame.data(a, image) + pa.at(i, j), *y = frame.data(b, image) + pb.at(i, j);
      float* z = frame.data(out, image) + to.at(i, j);
      for (int64_t c = 0; c < to.channels; ++c) z[c] = x[c] + y[c];
    });
  });
}

std::unique_ptr<Step> magnify(int from, int out) {
  return step({from}, out, [=](const Frame& frame, int64_t image) {
    const Plane &small = frame.plane(from), &large = frame.plane(out);
    for_pixels(large, [&](int64_t i, int64_t j) {
      std::copy_n(frame.data(from, image) + small.at(i / 2, j / 2), large.channels,
                  frame.data(out, image) + large.at(i, j));
    });
  });
}

}  // namespace athanor::engine
