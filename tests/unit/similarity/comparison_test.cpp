#include "similarity/comparison.h"

#include <cmath>

#include "make.h"
#include "similarity/pictures.h"
#include "support/function_dataset.h"

namespace athanor::similarity {
namespace {

/// Rows in memory as a dataset.
test::FunctionDataset dataset_of(const Rows& rows, Shape shape) {
  return {rows.count(), std::move(shape), 0, [&rows](int64_t i, std::span<float> row) {
            std::ranges::copy(rows.row(i), row.begin());
            return int64_t{0};
          }};
}

struct Case {
  Rows real, drawn;
  test::FunctionDataset real_set = dataset_of(real, {real.dimension}), drawn_set = dataset_of(drawn, {drawn.dimension});
  std::unique_ptr<Features> features = make_features({}, {real.dimension});
  Set reference{real_set, *features}, samples{drawn_set, *features};
};

TEST_CASE("comparison: two ways: the Fréchet distance of streamed rows, held rows and the definition", "[similarity]") {
  for (const int64_t dimension : {5, 700}) {  // more rows than dimensions, and fewer
    const Case c{test::normal_rows(600, dimension, 0), test::normal_rows(250, dimension, 1, 0.1, 1.1)};
    const FrechetEstimate found = estimate_frechet(c.reference, c.samples, {.threads = 2}, {});
    const double expected = frechet_distance(gaussian_of(c.real), gaussian_of(c.drawn));
    CHECK(found.value == Approx(expected).epsilon(1e-9));
    REQUIRE(found.floor);
    CHECK(found.floor->samples == 250);
    CHECK(found.floor->reference == 350);
    const Rows part = select(c.real, choose(600, 250, 0, Choice::reference));
    const Rows rest = select(c.real, choose(600, 350, 0, Choice::reference, 250));
    CHECK(found.floor->value == Approx(frechet_distance(gaussian_of(rest), gaussian_of(part))).epsilon(1e-9));
    if (dimension == 5) {
      const Moments moments = moments_of(c.reference, 1, {});
      CHECK(estimate_frechet(moments, c.samples, {}, {}).value == Approx(expected).epsilon(1e-9));
    }
  }
}

TEST_CASE("comparison: law: floors of few real rows are of halves, and of fewer than four there are none",
          "[similarity]") {
  const Case c{test::normal_rows(31, 3, 0), test::normal_rows(40, 3, 1)};
  const FrechetEstimate halves = estimate_frechet(c.reference, c.samples, {}, {});
  REQUIRE(halves.floor);
  CHECK(halves.floor->samples == 15);
  CHECK(halves.floor->reference == 16);
  const Case few{test::normal_rows(3, 3, 0), test::normal_rows(40, 3, 1)};
  CHECK_FALSE(estimate_frechet(few.reference, few.samples, {}, {}).floor);
}

TEST_CASE("comparison: law: the resampled error is the spread of other draws, by groups and by rows", "[similarity]") {
  for (const int64_t count : {400, 20}) {
    const int64_t dimension = count == 400 ? 3 : 30;
    std::vector<double> values;
    double error = 0;
    for (uint64_t i = 0; i < 40; ++i) {
      const Case c{test::normal_rows(count, dimension, 2 * i), test::normal_rows(count, dimension, 2 * i + 1, 1)};
      const FrechetEstimate found = estimate_frechet(c.reference, c.samples, {.resamples = 40, .seed = i}, {});
      values.push_back(found.value);
      REQUIRE(found.confidence);
      error += found.confidence->error / 40;
      CHECK(found.confidence->low < found.value);
      CHECK(found.confidence->high > found.value);
    }
    double mean = 0, squares = 0;
    for (const double v : values) mean += v / 40;
    for (const double v : values) squares += (v - mean) * (v - mean) / 39;
    // Forty draws tell their own spread to 11 %; of 20 rows in 30 dimensions the bootstrap is no more than near.
    CHECK(error == Approx(std::sqrt(squares)).epsilon(4 * 0.113));
  }
}

TEST_CASE("comparison: identity: all figures, with floors, in order and whatever the threads", "[similarity]") {
  const Case c{test::normal_rows(300, 4, 0), test::normal_rows(120, 4, 1, 0.2)};
  ComparisonOptions options;
  options.measures = {"kid-subsets", "neighbours", "frechet", "mmd", "sliced-wasserstein", "kid"};  // their own order
  options.subset = 100;
  options.kid_size = 50;
  options.kid_subsets = 4;
  options.resamples = 3;
  options.floors = true;
  options.threads = 1;
  const std::vector<Figure> one = compare(c.reference, c.samples, options, nullptr, {}).figures;
  options.threads = 3;
  const std::vector<Figure> three = compare(c.reference, c.samples, options, nullptr, {}).figures;
  const std::vector<std::string> names = options.figures();
  REQUIRE(one.size() == names.size());
  for (size_t i = 0; i < one.size(); ++i) {
    INFO(names[i]);
    CHECK(one[i].measure == names[i]);
    CHECK(one[i].value == three[i].value);
    CHECK(one[i].error.has_value());
    CHECK(one[i].floor.has_value());
    CHECK(one[i].floor->value == three[i].floor->value);
    const bool all_rows = names[i] == "frechet";
    CHECK(one[i].floor->samples == (all_rows ? 120 : 100));
    CHECK(one[i].samples == (all_rows ? 120 : 100));
    CHECK(one[i].reference == (all_rows ? 300 : 100));
    CHECK(one[i].confidence.has_value() == (names[i] != "kid-subsets"));
    CHECK(one[i].features == "values");
  }
}

TEST_CASE("comparison: limit: a floor needs as many rows as the measures that are asked for, and no more",
          "[similarity]") {
  const Case c{test::normal_rows(8, 3, 0), test::normal_rows(8, 3, 1)};
  ComparisonOptions options;
  options.floors = true;
  options.k = 4;  // halves of 4 rows have no four neighbours each
  for (const auto& [measure, has_floor] :
       {std::pair{"kid", true}, {"sliced-wasserstein", true}, {"neighbours", false}}) {
    options.measures = {measure};
    INFO(measure);
    CHECK(compare(c.reference, c.samples, options, nullptr, {}).figures[0].floor.has_value() == has_floor);
  }
}

TEST_CASE("comparison: identity: moments that are kept on the way are those of the rows", "[similarity]") {
  for (const int64_t dimension : {5, 40}) {  // more rows than dimensions, and fewer
    const Case c{test::normal_rows(30, dimension, 0), test::normal_rows(25, dimension, 1)};
    const Moments expected = moments_of(c.reference, 1, {});
    for (const char* measure : {"frechet", "kid"}) {
      ComparisonOptions options;
      options.measures = {measure};
      CHECK_FALSE(compare(c.reference, c.samples, options, nullptr, {}).moments);
      options.moments = true;
      const std::optional<Moments> found = compare(c.reference, c.samples, options, nullptr, {}).moments;
      REQUIRE(found);
      CHECK(found->count == 30);
      CHECK((found->mean - expected.mean).cwiseAbs().maxCoeff() < 1e-14);
      CHECK((found->covariance - expected.covariance).cwiseAbs().maxCoeff() < 1e-13);
    }
  }
}

TEST_CASE("comparison: refusal: features that are not finite, by set, features and row", "[similarity]") {
  Rows broken = test::normal_rows(40, 3, 1);
  const Case c{test::normal_rows(50, 3, 0), broken};
  for (const auto& [value, name] : {std::pair{NAN, "NaN"}, {-INFINITY, "infinity"}}) {
    broken.values[3 * 7 + 1] = float(value);
    const auto rows = dataset_of(broken, {3});
    const Set samples{rows, *c.features};
    for (const char* measure : {"frechet", "sliced-wasserstein", "neighbours"}) {
      ComparisonOptions options;
      options.measures = {measure};
      INFO(measure);
      CHECK_THROWS_WITH(compare(c.reference, samples, options, nullptr, {}),
                        fmt::format("function: values gives {} for row 7", name));
    }
  }
}

TEST_CASE("comparison: law: samples that are real rows reach the floor", "[similarity]") {
  const Case c{test::normal_rows(2000, 4, 0), test::normal_rows(500, 4, 1)};
  ComparisonOptions options;
  options.floors = true;
  options.resamples = 20;
  options.subset = 700;  // the floor has as many rows
  for (const Figure& f : compare(c.reference, c.samples, options, nullptr, {}).figures) {
    INFO(f.measure);
    CHECK(f.value == Approx(f.floor->value).margin(5 * std::sqrt(2.0) * f.confidence->error));
  }
}

TEST_CASE("comparison: two ways: neighbours in one pass over a set, and all at once", "[similarity]") {
  const Case c{test::normal_rows(5000, 3, 0), test::normal_rows(7, 3, 1)};
  const Nearest passed = nearest_in_set(c.drawn, c.reference, 4, 2, {}), whole = nearest(c.drawn, c.real, 4);
  CHECK(passed.numbers == whole.numbers);
  CHECK(passed.distances == whole.distances);
  CHECK_THROWS_WITH(nearest_in_set(c.drawn, c.samples, 8, 1, {}), "neighbours: there are no 8 among 7 rows");
}

TEST_CASE("comparison: law: the densities on the picture integrate to 1", "[similarity]") {
  const Case c{test::normal_rows(300, 3, 0), test::normal_rows(200, 3, 1, 1)};
  const std::vector<image::Series> series = projected_densities({.reference = c.real, .samples = c.drawn}, {});
  REQUIRE(series.size() == 2);
  for (const image::Series& one : series) {
    double area = 0;
    for (size_t i = 1; i < one.points.size(); ++i)
      area += (one.points[i].first - one.points[i - 1].first) * one.points[i].second;
    CHECK(area == Approx(1).epsilon(1e-12));
  }
}

TEST_CASE("comparison: refusal: too few rows", "[similarity]") {
  const Case c{test::normal_rows(1, 3, 0), test::normal_rows(40, 3, 1)};
  CHECK_THROWS_WITH(estimate_frechet(c.reference, c.samples, {}, {}),
                    "frechet: needs at least 2 rows of each set, got 1 of function");
}

}  // namespace
}  // namespace athanor::similarity
