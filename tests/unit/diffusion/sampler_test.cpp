#include "diffusion/sampler.h"

#include <cmath>

#include "core/random.h"
#include "diffusion/mixture.h"
#include "support/catch.h"

namespace athanor::diffusion {
namespace {

Mixture data() {
  State means(2, 3);
  means << -1, 0.5, 0, 0.8, -0.6, 0.2;
  return Mixture::isotropic({1, 3}, means, {0.2, 0.4});
}
LabelledDenoise denoise_data() {
  return [mixture = data()](const State& x, double sigma, auto) { return mixture.denoise(x, sigma); };
}
Grid grid_of(int64_t steps) { return make_grid({.steps = steps}, 0.002, 80, {}); }

std::vector<float> drawn(const SolverOptions& solver, int64_t first, int64_t count, int64_t batch) {
  std::vector<float> rows;
  draw({.elements = 3, .first = first, .count = count, .batch = batch, .seed = 11, .labels = {}, .noise = {}}, solver,
       grid_of(6), denoise_data(), [&](std::span<const float> r) { rows.insert(rows.end(), r.begin(), r.end()); });
  return rows;
}

}  // namespace

TEST_CASE("identity: an image is the same in every batch and from every start, to the last bit") {
  for (const SolverOptions& solver : {SolverOptions{.name = "euler"}, SolverOptions{.name = "heun"},
                                      SolverOptions{.name = "heun", .churn = {.amount = 3}},
                                      SolverOptions{.name = "dpmpp-2m"}, SolverOptions{.name = "ipndm"}}) {
    const std::vector<float> whole = drawn(solver, 0, 70, 64);
    REQUIRE(whole.size() == 210);
    CHECK(drawn(solver, 0, 70, 1) == whole);
    CHECK(drawn(solver, 0, 70, 7) == whole);
    CHECK(drawn(solver, 5, 3, 2) == std::vector<float>(whole.begin() + 15, whole.begin() + 24));
  }
}

TEST_CASE("law: drawn images have the data's mean and variance, with churn and without") {
  for (const double churn : {0.0, 10.0}) {
    const int64_t n = 4000;
    State x(n, 3);
    int64_t at = 0;
    draw({.elements = 3, .count = n, .batch = 500, .seed = 5, .labels = {}, .noise = {}},
         {.name = "heun", .churn = {.amount = churn}}, grid_of(100), denoise_data(), [&](std::span<const float> rows) {
           for (const float v : rows) x.data()[at++] = v;
         });
    const double mean[3] = {0.35, -0.325, 0.15};
    for (const Eigen::Index j : {0, 1, 2}) {
      const double variance = 0.25 * 0.04 + 0.75 * 0.16 + 0.1875 * (j == 2 ? 0.04 : j == 0 ? 3.24 : 1.21);
      INFO("churn " << churn << ", column " << j);
      CHECK(x.col(j).mean() == Approx(mean[j]).margin(4 * std::sqrt(variance / double(n))));
      CHECK((x.col(j) - x.col(j).mean()).square().mean() == Approx(variance).epsilon(4 * std::sqrt(2.0 / double(n))));
    }
  }
}

TEST_CASE("value: the start is sigma_max times the stream's normals, or the rows given") {
  std::vector<double> normals(3);
  Random(11, 8, Purpose::initial_noise).fill_normal(normals);
  int64_t seen = 0;
  const StepObserver observe = [&](int64_t row, int64_t step, const State& x) {
    if (step == 0)
      for (Eigen::Index j = 0; j < 3; ++j) CHECK(x(0, j) == 80 * normals[size_t(j)]);
    CHECK(row == 0);
    CHECK(step == seen++);
  };
  SampleRequest request{.elements = 3, .first = 8, .count = 1, .seed = 11, .labels = {}, .noise = {}};
  draw(request, {}, grid_of(4), denoise_data(), {}, observe);
  CHECK(seen == 5);
  normals = {1, -2, 0.5};
  seen = 0;
  request.noise = [&](int64_t i, std::span<double> row) {
    CHECK(i == 8);
    std::copy(normals.begin(), normals.end(), row.begin());
  };
  draw(request, {}, grid_of(4), denoise_data(), {}, observe);
}

TEST_CASE("identity: each row meets its own label, whatever the batch") {
  for (const int64_t batch : {1, 2, 5}) {
    std::vector<float> rows;
    const LabelledDenoise label = [](const State& x, double, std::span<const int64_t> labels) {
      State D(x.rows(), x.cols());
      for (Eigen::Index i = 0; i < x.rows(); ++i) D.row(i) = double(labels[size_t(i)]);
      return D;
    };
    draw({.elements = 1, .count = 5, .batch = batch, .labels = {4, 3, 2, 1, 0}, .noise = {}}, {}, grid_of(2), label,
         [&](std::span<const float> r) { rows.insert(rows.end(), r.begin(), r.end()); });
    CHECK(rows == std::vector<float>{4, 3, 2, 1, 0});
  }
}

TEST_CASE("value: labels are dealt out by the image's number") {
  CHECK(deal_labels({}, 3, 0, 5) == std::vector<int64_t>{0, 1, 2, 0, 1});
  CHECK(deal_labels({}, 3, 4, 2) == std::vector<int64_t>{1, 2});
  CHECK(deal_labels({7, 7, 2}, 10, 1, 3) == std::vector<int64_t>{7, 2, 7});
  CHECK(deal_labels({}, 0, 0, 5).empty());
  CHECK_THROWS_WITH(deal_labels({3}, 3, 0, 1), "label 3: the model has 3 classes");
  CHECK_THROWS_WITH(deal_labels({0}, 0, 0, 1), "label 0: the model has 0 classes");
}

TEST_CASE("refusal: labels of another number than images") {
  CHECK_THROWS_WITH(draw({.elements = 1, .count = 2, .labels = {1}, .noise = {}}, {}, grid_of(1), denoise_data(), {}),
                    "sampler: 1 labels for 2 images");
}

}  // namespace athanor::diffusion
