#include "engine/movement.h"

#include <algorithm>
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
  return step({}, out, [=, &weight](const Frame& frame, int64_t image) {
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

std::unique_ptr<Step> magnify(int from, int out) {
  return step({from}, out, [=](const Frame& frame, int64_t image) {
    const Plane &small = frame.plane(from), &large = frame.plane(out);
    const size_t pixel = size_t(large.channels * frame.kernels().element);
    for (int64_t y = 0; y < large.height; ++y)
      for (int64_t x = 0; x < large.width; ++x)
        std::memcpy(frame.data(out, image, large.at(y, x)), frame.data(from, image, small.at(y / 2, x / 2)), pixel);
  });
}

std::unique_ptr<Step> rearrange(int patches, int64_t patch, int image, bool back) {
  const int from = back ? patches : image, to = back ? image : patches;
  return step({from}, to, [=](const Frame& frame, int64_t index) {
    const Plane &small = frame.plane(patches), &large = frame.plane(image);
    const int64_t size = patch * patch;
    const size_t element = size_t(frame.kernels().element);
    for (int64_t y = 0; y < large.height; ++y)
      for (int64_t x = 0; x < large.width; ++x) {
        std::byte* pixel = frame.data(image, index, large.at(y, x));
        std::byte* token = frame.data(patches, index, small.at(y / patch, x / patch) + y % patch * patch + x % patch);
        for (int64_t c = 0; c < large.channels; ++c, pixel += element, token += size * int64_t(element))
          back ? std::memcpy(pixel, token, element) : std::memcpy(token, pixel, element);
      }
  });
}

std::vector<float> grid_positions(int64_t channels, int64_t height, int64_t width) {
  const int64_t half = channels / 2, quarter = channels / 4;
  const auto of = [&](int64_t place, float* to) {
    for (int64_t i = 0; i < quarter; ++i) {
      const double angle = double(place) * std::pow(10000.0, -double(i) / double(quarter));
      to[i] = float(std::sin(angle));
      to[quarter + i] = float(std::cos(angle));
    }
  };
  std::vector<float> table(size_t(height * width * channels)), rows(size_t(height * half)),
      columns(size_t(width * half));
  for (int64_t y = 0; y < height; ++y) of(y, rows.data() + y * half);
  for (int64_t x = 0; x < width; ++x) of(x, columns.data() + x * half);
  float* to = table.data();
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x) {
      to = std::copy_n(columns.data() + x * half, half, to);
      to = std::copy_n(rows.data() + y * half, half, to);
    }
  return table;
}

std::unique_ptr<Step> add_positions(const Program& program, int from, int out) {
  const Plane& plane = program.values[size_t(out)].plane;
  const std::vector<float> table = grid_positions(plane.channels, plane.height, plane.width);
  return widened_step(plane, 1, {from}, out, [=](const Frame& frame, int64_t image) {
    const Plane &x = frame.plane(from), &y = frame.plane(out);
    const int64_t size = y.width * y.channels;
    for (int64_t row = 0; row < y.height; ++row) {
      frame.kernels().widen(frame.data(from, image, x.at(row, 0)), size, frame.scratch);
      for (int64_t j = 0; j < size; ++j) frame.scratch[j] += table[size_t(row * size + j)];
      frame.kernels().narrow(frame.scratch, size, frame.data(out, image, y.at(row, 0)));
    }
  });
}

std::unique_ptr<Step> mean(const Program& program, int from, int out) {
  return widened_step(program.values[size_t(out)].plane, 1, {from}, out, [=](const Frame& frame, int64_t image) {
    const Plane& plane = frame.plane(from);
    std::vector<double> sums(static_cast<size_t>(plane.channels));
    frame.kernels().sum(plane, frame.data(from, image), nullptr, sums.data());
    for (size_t c = 0; c < sums.size(); ++c) frame.scratch[c] = float(sums[c] / double(plane.pixels()));
    frame.kernels().narrow(frame.scratch, plane.channels, frame.data(out, image));
  });
}

}  // namespace athanor::engine
