#include "diffusion/network_denoiser.h"

#include <cmath>

#include "support/catch.h"

namespace athanor::diffusion {
namespace {

/// F(x, c, label) = 3x + c + label, with one value put in the place of the last.
class Affine : public arch::Executor {
 public:
  explicit Affine(float last = 0) : arch::Executor(pairs()), last_(last) {}

 private:
  static arch::Graph pairs() {
    arch::Graph graph;
    graph.output(graph.input({2}));
    return graph;
  }
  void run(std::span<const float> x, std::span<const float> noise, std::span<const int64_t> labels,
           std::span<float> out) override {
    const size_t elements = x.size() / noise.size();
    for (size_t i = 0; i < x.size(); ++i)
      out[i] = 3 * x[i] + noise[i / elements] + (labels.empty() ? 0.f : float(labels[i / elements]));
    if (last_ != 0) out.back() = last_;
  }

  float last_;
};

ModelConfig config_of(int64_t classes) {
  return {.network = {.type = "mlp", .shape = {2}, .classes = classes, .unet = {}, .mlp = {}},
          .parameterisation = {},
          .class_names = {}};
}

}  // namespace

TEST_CASE("value: D = c_skip·x + c_out·F(c_in·x, c_noise, label)") {
  NetworkDenoiser denoiser(std::make_unique<Affine>(), config_of(4));
  State x(2, 2);
  x << 1, -2, 30, 0.5;
  const std::vector<int64_t> labels{2, -1};
  const State D = denoiser.denoise(x, 3, labels);
  const Preconditioning c = edm_preconditioning(3, 0.5);
  for (Eigen::Index i = 0; i < 2; ++i)
    for (Eigen::Index j = 0; j < 2; ++j) {
      const double F = 3 * c.c_in * x(i, j) + c.c_noise + double(labels[size_t(i)]);
      CHECK(D(i, j) == Approx(c.c_skip * x(i, j) + c.c_out * F).epsilon(1e-6));
    }
  CHECK(denoiser.evaluations() == 2);
}

TEST_CASE("identity: a model without classes does not look at labels") {
  NetworkDenoiser denoiser(std::make_unique<Affine>(), config_of(0));
  const State x = State::Ones(1, 2);
  CHECK((denoiser.denoise(x, 1, std::vector<int64_t>{5}) == denoiser.denoise(x, 1, {})).all());
}

TEST_CASE("refusal: what is not finite, not of the model's shape or not a class") {
  const State x = State::Ones(3, 2);
  for (const float bad : {std::nanf(""), INFINITY, -INFINITY}) {
    NetworkDenoiser denoiser(std::make_unique<Affine>(bad), config_of(0));
    CHECK_THROWS_WITH(denoiser.denoise(x, 0.25, {}),
                      "the network gives NaN or infinity at sigma 0.25 (row 2 of 3 in the batch)");
  }
  NetworkDenoiser denoiser(std::make_unique<Affine>(), config_of(4));
  CHECK_THROWS_WITH(denoiser.denoise(State::Ones(1, 3), 1, {}), "denoiser: rows of 3 elements, the model has 2");
  CHECK_THROWS_WITH(denoiser.denoise(x, 0, {}), "denoiser: sigma 0 is not above 0");
  CHECK_THROWS_WITH(denoiser.denoise(x, 1, {}), "denoiser: 0 labels for 3 rows");
  CHECK_THROWS_WITH(denoiser.denoise(x, 1, std::vector<int64_t>{0, 4, 1}), "denoiser: label 4 of 4 classes");
}

}  // namespace athanor::diffusion
