#include "similarity/features.h"

#include <cmath>
#include <numbers>

#include "make.h"

namespace athanor::similarity {
namespace {

std::vector<float> compute(const Features& features, std::span<const float> rows, int64_t n) {
  std::vector<float> out(size_t(n * features.dimension()));
  features.compute(rows, out);
  return out;
}
/// φ of a patch that is followed by 1, by weights of which `scale` is the step.
double response(const std::vector<double>& patch, uint64_t filter, uint32_t scale) {
  std::vector<double> weights(patch.size());
  Random(0, filter, Purpose::weight_init, scale).fill_normal(std::span(weights));
  double sum = 0;
  for (size_t i = 0; i < patch.size(); ++i) sum += weights[i] * patch[i];
  return std::numbers::sqrt2 * std::max(0.0, sum / std::sqrt(double(patch.size())));
}

TEST_CASE("features: identity: pixels are the rows", "[similarity]") {
  const Rows rows = test::normal_rows(3, 12, 0);
  const auto pixels = make_features({}, {3, 2, 2}), values = make_features({}, {12});
  CHECK(pixels->name() == "pixels");
  CHECK(values->name() == "values");
  CHECK(compute(*pixels, rows.values, 3) == rows.values);
  CHECK(compute(*values, rows.values, 3) == rows.values);
}

TEST_CASE("features: value: squares of pixels averaged", "[similarity]") {
  const std::vector<float> image{1, 3, 5, 7, 1, 3, 5, 7, /* second channel */ 0, 0, 8, 0, 4, 0, 0, 0};
  const auto features = make_features({.kind = "pixels", .downscale = 2}, {2, 2, 4});
  CHECK(features->name() == "pixels of 1/2");
  CHECK(compute(*features, image, 1) == std::vector<float>{2, 6, 1, 2});
}

TEST_CASE("features: two ways: random features of images, by their definition", "[similarity]") {
  const int64_t channels = 2, height = 12, width = 14;
  const Rows rows = test::normal_rows(2, channels * height * width, 0);
  const auto features = make_features({.kind = "random", .downscale = 1}, {channels, height, width});
  REQUIRE(features->dimension() == 512);
  CHECK(features->name() == "random 512");
  const std::vector<float> found = compute(*features, rows.values, 2);
  const std::span<const float> image = rows.row(1);
  const auto pixel = [&](int64_t scale, int64_t c, int64_t y, int64_t x) {
    double sum = 0;
    for (int64_t i = 0; i < scale; ++i)
      for (int64_t j = 0; j < scale; ++j)
        sum += double(image[size_t((c * height + y * scale + i) * width + x * scale + j)]);
    return sum / double(scale * scale);
  };
  double worst = 0;
  for (const int64_t scale : {1, 2}) {
    const int64_t rows_of = (height / scale - 5) / 2 + 1, columns_of = (width / scale - 5) / 2 + 1;
    for (const uint64_t filter : {0, 31, 63})
      for (int64_t quarter = 0; quarter < 4; ++quarter) {
        const int64_t top = quarter / 2 == 0 ? 0 : rows_of / 2, bottom = quarter / 2 == 0 ? (rows_of + 1) / 2 : rows_of;
        const int64_t left = quarter % 2 == 0 ? 0 : columns_of / 2,
                      right = quarter % 2 == 0 ? (columns_of + 1) / 2 : columns_of;
        double sum = 0;
        for (int64_t y = top; y < bottom; ++y)
          for (int64_t x = left; x < right; ++x) {
            std::vector<double> patch;
            for (int64_t c = 0; c < channels; ++c)
              for (int64_t i = 0; i < 5; ++i)
                for (int64_t j = 0; j < 5; ++j) patch.push_back(pixel(scale, c, 2 * y + i, 2 * x + j));
            patch.push_back(1);
            sum += response(patch, filter, uint32_t(scale));
          }
        const double expected = sum / double((bottom - top) * (right - left));
        worst = std::max(worst,
                         std::abs(double(found[size_t(512 + (scale - 1) * 256 + quarter * 64) + filter]) - expected));
      }
  }
  CHECK(worst < 1e-6);
}

TEST_CASE("features: law: random features of vectors approach the arc-cosine kernel", "[similarity]") {
  const Rows rows = test::normal_rows(2, 30, 0);
  const auto features = make_features({.kind = "random", .downscale = 1}, {30});
  const std::vector<float> phi = compute(*features, rows.values, 2);
  std::vector<double> products;
  for (size_t f = 0; f < 512; ++f) products.push_back(double(phi[f]) * double(phi[512 + f]));
  double mean = 0, squares = 0;
  for (const double p : products) mean += p / 512;
  for (const double p : products) squares += (p - mean) * (p - mean) / 511;
  // Cho and Saul, equation 6: ‖p‖‖q‖/π·(sin θ + (π − θ)·cos θ), of (p, 1)/√31, and twice a half.
  double pp = 1, qq = 1, pq = 1;
  for (size_t i = 0; i < 30; ++i) {
    pp += std::pow(double(rows.row(0)[i]), 2);
    qq += std::pow(double(rows.row(1)[i]), 2);
    pq += double(rows.row(0)[i]) * double(rows.row(1)[i]);
  }
  const double angle = std::acos(pq / std::sqrt(pp * qq));
  const double kernel =
      std::sqrt(pp * qq) / 31 / std::numbers::pi * (std::sin(angle) + (std::numbers::pi - angle) * std::cos(angle));
  CHECK(mean == Approx(kernel).margin(4 * std::sqrt(squares / 512)));
}

TEST_CASE("features: identity: a row's features depend on it alone", "[similarity]") {
  for (const Shape& shape : {Shape{1, 28, 28}, Shape{3, 4, 9}, Shape{1, 1, 1}, Shape{40}}) {
    const int64_t size = element_count(shape);
    const Rows rows = test::normal_rows(5, size, 0);
    const auto features = make_features({.kind = "random", .downscale = 1}, shape);
    const std::vector<float> all = compute(*features, rows.values, 5);
    for (int64_t i = 0; i < 5; ++i) {
      const std::vector<float> alone = compute(*features, rows.row(i), 1);
      CHECK(std::equal(alone.begin(), alone.end(), all.begin() + i * features->dimension()));
    }
  }
}

TEST_CASE("features: refusal", "[similarity]") {
  CHECK_THROWS_WITH(make_features({.kind = "classifier"}, {8}), "--features classifier needs --classifier");
  CHECK_THROWS_WITH(make_features({.torchscript = {"x.pt"}}, {8}), "--torchscript is for --features torchscript");
  for (const std::vector<double>& range : {std::vector<double>{}, {1}, {0, 1, 2}, {1, 1}, {0, NAN}})
    CHECK_THROWS_WITH(make_features({.kind = "torchscript", .torchscript = {"x.pt"}, .torchscript_range = range}, {8}),
                      "--torchscript-range: expected two numbers LOW,HIGH with LOW < HIGH");
  CHECK_THROWS_WITH(make_features({.kind = "pixels", .downscale = 3}, {1, 9, 10}),
                    "--downscale: 9 x 10 pixels are no squares of 3");
  CHECK_THROWS_WITH(make_features({.kind = "pixels", .downscale = 2}, {8}),
                    "--downscale is for images, and rows are [8]");
}

}  // namespace
}  // namespace athanor::similarity
