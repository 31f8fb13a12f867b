#include "data/augmentation.h"

#include <cmath>
#include <vector>

#include "support/catch.h"

namespace athanor::data {
namespace {

const Shape kShape{2, 9, 11};

/// A smooth image: the value is a function of place, so that what was done to it can be told from it.
std::vector<float> smooth() {
  std::vector<float> image;
  for (int c = 0; c < 2; ++c)
    for (int i = 0; i < 9; ++i)
      for (int j = 0; j < 11; ++j) image.push_back(float(0.05 * (j - 5) - 0.03 * (i - 4) + 0.1 * c));
  return image;
}

}  // namespace

TEST_CASE("limit: nothing is done and told where nothing is asked for") {
  for (uint64_t i = 0; i < 50; ++i) {
    std::vector<float> image = smooth();
    Random random(1, i, Purpose::augmentation);
    CHECK(augment({}, random, kShape, image) == AugmentationNumbers{});
    CHECK(image == smooth());
  }
}

TEST_CASE("law: zeros are told exactly when the image is as it was") {
  int changed = 0;
  for (uint64_t i = 0; i < 200; ++i) {
    std::vector<float> image = smooth();
    Random random(1, i, Purpose::augmentation);
    const AugmentationNumbers told = augment({.probability = 0.12}, random, kShape, image);
    CHECK((told == AugmentationNumbers{}) == (image == smooth()));
    changed += told != AugmentationNumbers{};
  }
  // Two flips at 0.12/2, four others at 0.12.
  const double share = 1 - std::pow(1 - 0.06, 2) * std::pow(1 - 0.12, 4);
  CHECK(changed / 200.0 == Approx(share).margin(4 * std::sqrt(share * (1 - share) / 200)));
}

TEST_CASE("two ways: where each pixel comes from follows from the numbers told") {
  int inside = 0;
  for (uint64_t stream = 0; stream < 100; ++stream) {
    std::vector<float> image = smooth();
    Random random(2, stream, Purpose::augmentation);
    const AugmentationNumbers told = augment({.probability = 1}, random, kShape, image);
    for (int i = 0; i < 9; ++i)
      for (int j = 0; j < 11; ++j) {
        double x = j - 5 - 11 * double(told[7]), y = i - 4 - 9 * double(told[8]);
        const auto turn = [&](double angle) {
          const double u = std::cos(angle) * x - std::sin(angle) * y;
          y = std::sin(angle) * x + std::cos(angle) * y;
          x = u;
        };
        const double w = std::hypot(told[5], told[6]), axis = std::atan2(told[6], told[5]) / 2;
        turn(-axis);
        x *= std::exp2(-0.2 * w);
        y *= std::exp2(0.2 * w);
        turn(axis);
        turn(-std::atan2(double(told[4]), double(told[3]) + 1));
        x *= std::exp2(-0.2 * told[2]) * (told[0] == 1 ? -1 : 1);
        y *= std::exp2(-0.2 * told[2]) * (told[1] == 1 ? -1 : 1);
        if (std::abs(x) > 5 || std::abs(y) > 4) continue;
        ++inside;
        // A ramp is what bilinear interpolation meets exactly.
        CHECK(image[size_t(11 * i + j)] == Approx(0.05 * x - 0.03 * y).margin(1e-5));
        CHECK(image[size_t(99 + 11 * i + j)] == Approx(0.05 * x - 0.03 * y + 0.1).margin(1e-5));
      }
  }
  CHECK(inside > 3000);
}

TEST_CASE("value: mirroring alone turns the rows around in half of the images, and is not told") {
  int mirrored = 0;
  for (uint64_t i = 0; i < 400; ++i) {
    std::vector<float> image = smooth();
    Random random(3, i, Purpose::augmentation);
    CHECK(augment({.mirror = true}, random, kShape, image) == AugmentationNumbers{});
    if (image == smooth()) continue;
    ++mirrored;
    const std::vector<float> from = smooth();
    for (size_t row = 0; row < 18; ++row)
      for (size_t j = 0; j < 11; ++j) CHECK(image[row * 11 + j] == Approx(from[row * 11 + 10 - j]).margin(1e-6));
  }
  CHECK(mirrored / 400.0 == Approx(0.5).margin(0.1));
}

}  // namespace athanor::data
