#include "engine/movement.h"

#include <cmath>
#include <cstring>
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
      if (writes >= 0) frame.clear_halo(writes, image);
      body_(frame, image);
    }
  }

 private:
  Body body_;
};

std::unique_ptr<Step> step(std::vector<int> from, int to, ImageStep::Body body) {
  return std::make_unique<ImageStep>(std::move(from), to, std::move(body));
}
/// One that computes in float32, in scratch for `rows` rows of this plane's pixels.
std::unique_ptr<Step> widened_step(const Plane& plane, int64_t rows, std::vector<int> from, int to,
                                   ImageStep::Body body) {
  auto made = step(std::move(from), to, std::move(body));
  made->scratch = rows * plane.width * plane.channels;
  return made;
}

}  // namespace

std::unique_ptr<Step> positional_embedding(const Program& program, int out) {
  const Plane& plane = program.values[size_t(out)].plane;
  const int64_t half = plane.channels / 2;
  std::vector<float> frequencies;
  for (int64_t i = 0; i < half; ++i) frequencies.push_back(float(std::pow(10000.0, -double(i) / double(half - 1))));
  return widened_step(plane, 1, {}, out, [=](const Frame& frame, int64_t image) {
    for (int64_t i = 0; i < half; ++i) {
      const float angle = frame.noise[image] * frequencies[size_t(i)];
      frame.scratch[i] = std::cos(angle);
      frame.scratch[half + i] = std::sin(angle);
    }
    frame.kernels().narrow(frame.scratch, 2 * half, frame.data(out, image));
  });
}

std::unique_ptr<Step> class_embedding(const Program& program, const std::vector<float>& weight, int out) {
  const int64_t dim = program.values[size_t(out)].plane.channels, none = int64_t(weight.size()) / dim - 1;
  return step({}, out, [=](const Frame& frame, int64_t image) {
    const int64_t label = frame.labels[image] < 0 ? none : frame.labels[image];
    frame.kernels().narrow(weight.data() + label * dim, dim, frame.data(out, image));
  });
}

std::unique_ptr<Step> condition(const Program& program, Vector vector, int out) {
  const Plane& plane = program.values[size_t(out)].plane;
  return widened_step(plane, 1, {}, out, [=](const Frame& frame, int64_t image) {
    frame.kernels().narrow(frame.vector(vector, image, frame.scratch), frame.plane(out).channels,
                           frame.data(out, image));
  });
}

std::unique_ptr<Step> input(const Program& program, int out) {
  return widened_step(program.values[size_t(out)].plane, 1, {}, out, [=](const Frame& frame, int64_t image) {
    const Plane& plane = frame.plane(out);
    for (int64_t y = 0; y < plane.height; ++y) {
      const float* x = frame.input + (image * plane.channels * plane.height + y) * plane.width;
      for (int64_t c = 0; c < plane.channels; ++c, x += plane.pixels())
        for (int64_t j = 0; j < plane.width; ++j) frame.scratch[j * plane.channels + c] = x[j];
      frame.kernels().narrow(frame.scratch, plane.width * plane.channels, frame.data(out, image, plane.at(y, 0)));
    }
  });
}

std::unique_ptr<Step> output(const Program& program, int from) {
  return widened_step(program.values[size_t(from)].plane, 1, {from}, -1, [=](const Frame& frame, int64_t image) {
    const Plane& plane = frame.plane(from);
    for (int64_t y = 0; y < plane.height; ++y) {
      frame.kernels().widen(frame.data(from, image, plane.at(y, 0)), plane.width * plane.channels, frame.scratch);
      float* x = frame.output + (image * plane.channels * plane.height + y) * plane.width;
      for (int64_t c = 0; c < plane.channels; ++c, x += plane.pixels())
        for (int64_t j = 0; j < plane.width; ++j) x[j] = frame.scratch[j * plane.channels + c];
    }
  });
}

std::unique_ptr<Step> sum(const Program& program, int a, int b, int out) {
  return widened_step(program.values[size_t(out)].plane, 2, {a, b}, out, [=](const Frame& frame, int64_t image) {
    const Plane& to = frame.plane(out);
    const int64_t row = to.width * to.channels;
    float *const x = frame.scratch, *const y = x + row;
    for (int64_t i = 0; i < to.height; ++i) {
      frame.kernels().widen(frame.data(a, image, frame.plane(a).at(i, 0)), row, x);
      frame.kernels().widen(frame.data(b, image, frame.plane(b).at(i, 0)), row, y);
      for (int64_t j = 0; j < row; ++j) x[j] += y[j];
      frame.kernels().narrow(x, row, frame.data(out, image, to.at(i, 0)));
    }
  });
}

std::unique_ptr<Step> magnify(int from, int out) {
  return step({from}, out, [=](const Frame& frame, int64_t image) {
    const Plane &small = frame.plane(from), &large = frame.plane(out);
    const size_t pixel = size_t(large.channels * frame.kernels().element);
    for (int64_t y = 0; y < large.height; ++y)
      for (int64_t x = 0; x < large.width; ++x)
        std::memcpy(frame.data(out, image, large.at(y, x)), frame.data(from, image, small.at(y / 2, x / 2)), pixel);
  });
}

}  // namespace athanor::engine
