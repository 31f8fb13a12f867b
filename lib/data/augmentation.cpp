#include "data/augmentation.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace athanor::data {
namespace {

/// Standard deviations of log2 of a scale, and of a translation as a fraction of the image.
constexpr double kScale = 0.2, kTranslation = 0.125;

/// p ↦ M·p + t, on pixels counted from the image's centre.
struct Affine {
  std::array<double, 4> m{1, 0, 0, 1};
  std::array<double, 2> t{0, 0};
  /// This map after the linear map [a b; c d].
  void after(double a, double b, double c, double d) {
    m = {m[0] * a + m[1] * c, m[0] * b + m[1] * d, m[2] * a + m[3] * c, m[2] * b + m[3] * d};
  }
  /// This map after a translation.
  void after_translation(double x, double y) {
    t[0] += m[0] * x + m[1] * y;
    t[1] += m[2] * x + m[3] * y;
  }
  void after_rotation(double angle) { after(std::cos(angle), -std::sin(angle), std::sin(angle), std::cos(angle)); }
  bool identity() const { return m == std::array<double, 4>{1, 0, 0, 1} && t == std::array<double, 2>{0, 0}; }
};

/// The pixel that stands at position i of a row of n which goes on as if mirrored at its edges.
int64_t mirrored(int64_t i, int64_t n) {
  if (n == 1) return 0;
  const int64_t period = 2 * (n - 1), place = ((i % period) + period) % period;
  return std::min(place, period - place);
}

/// y(p) = x(source(p)), bilinear.
void resample(const Affine& source, const Shape& shape, std::span<float> image) {
  const int64_t channels = shape[0], height = shape[1], width = shape[2];
  const std::vector<float> from(image.begin(), image.end());
  const double centre_x = double(width - 1) / 2, centre_y = double(height - 1) / 2;
  for (int64_t i = 0; i < height; ++i)
    for (int64_t j = 0; j < width; ++j) {
      const double x = double(j) - centre_x, y = double(i) - centre_y;
      const double u = source.m[0] * x + source.m[1] * y + source.t[0] + centre_x;
      const double v = source.m[2] * x + source.m[3] * y + source.t[1] + centre_y;
      const auto left = int64_t(std::floor(u)), top = int64_t(std::floor(v));
      const double right_share = u - double(left), bottom_share = v - double(top);
      const int64_t x0 = mirrored(left, width), x1 = mirrored(left + 1, width);
      const int64_t y0 = mirrored(top, height) * width, y1 = mirrored(top + 1, height) * width;
      for (int64_t c = 0; c < channels; ++c) {
        const float* plane = from.data() + c * height * width;
        const double upper = plane[y0 + x0] + right_share * (plane[y0 + x1] - plane[y0 + x0]);
        const double lower = plane[y1 + x0] + right_share * (plane[y1 + x1] - plane[y1 + x0]);
        image[size_t((c * height + i) * width + j)] = float(upper + bottom_share * (lower - upper));
      }
    }
}

}  // namespace

void AugmentationOptions::fields(Fields& v) {
  v.opt(
      "--augment", probability,
      "probability of each kind of change to an image of which the network is told, so that it does not draw it (0.12 "
      "for CIFAR-10 in EDM)",
      between(0, 1));
  v.opt("--mirror", mirror,
        "mirror half of the images, at random, left and right; the model will draw mirrored images too");
}

AugmentationNumbers augment(const AugmentationOptions& options, Random& random, const Shape& shape,
                            std::span<float> image) {
  check_shape(shape, {"C", "H", "W"}, "augmentation: images");
  AugmentationNumbers told{};
  Affine source;
  // Each draw is made whether it is used or not, so that one option does not change what the others do.
  const auto happens = [&] { return random.uniform() < options.probability; };
  const bool mirrors = random.uniform() < 0.5;
  if (options.mirror && mirrors) source.after(-1, 0, 0, 1);
  if (const bool flip = random.uniform() < 0.5; happens() && flip) {
    source.after(-1, 0, 0, 1);
    told[0] = 1;
  }
  if (const bool flip = random.uniform() < 0.5; happens() && flip) {
    source.after(1, 0, 0, -1);
    told[1] = 1;
  }
  if (const double w = random.normal(); happens()) {
    const double smaller = std::exp2(-kScale * w);
    source.after(smaller, 0, 0, smaller);
    told[2] = float(w);
  }
  if (const double angle = std::numbers::pi * (2 * random.uniform() - 1); happens()) {
    source.after_rotation(-angle);
    told[3] = float(std::cos(angle) - 1);
    told[4] = float(std::sin(angle));
  }
  const double w = random.normal(), axis = random.uniform() < 0.5 ? std::numbers::pi * (2 * random.uniform() - 1) : 0;
  if (happens()) {
    source.after_rotation(axis);
    source.after(std::exp2(-kScale * w), 0, 0, std::exp2(kScale * w));
    source.after_rotation(-axis);
    told[5] = float(w * std::cos(2 * axis));
    told[6] = float(w * std::sin(2 * axis));
  }
  const double x = kTranslation * random.normal(), y = kTranslation * random.normal();
  if (happens()) {
    source.after_translation(-x * double(shape[2]), -y * double(shape[1]));
    told[7] = float(x);
    told[8] = float(y);
  }
  if (!source.identity()) resample(source, shape, image);
  return told;
}

}  // namespace athanor::data
