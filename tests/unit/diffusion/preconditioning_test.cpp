#include "diffusion/preconditioning.h"

#include "support/catch.h"

namespace athanor::diffusion {

TEST_CASE("value: coefficients at sigma 2, sigma_data 0.5") {
  const Preconditioning c = edm_preconditioning(2, 0.5);
  CHECK(c.c_skip == Approx(0.25 / 4.25).epsilon(1e-15));
  CHECK(c.c_out == Approx(1 / std::sqrt(4.25)).epsilon(1e-15));
  CHECK(c.c_in == Approx(1 / std::sqrt(4.25)).epsilon(1e-15));
  CHECK(c.c_noise == Approx(std::log(2.0) / 4).epsilon(1e-15));
}

TEST_CASE("identity: input and target have unit variance") {
  for (const double sigma : {1e-3, 0.1, 1.0, 80.0})
    for (const double sigma_data : {0.3, 0.5, 2.0}) {
      const Preconditioning c = edm_preconditioning(sigma, sigma_data);
      const double data = sigma_data * sigma_data, noise = sigma * sigma;
      CHECK(c.c_in * c.c_in * (data + noise) == Approx(1).epsilon(1e-14));
      // The target is (x0 − c_skip·(x0 + σn))/c_out.
      const double target = (1 - c.c_skip) * (1 - c.c_skip) * data + c.c_skip * c.c_skip * noise;
      CHECK(target / (c.c_out * c.c_out) == Approx(1).epsilon(1e-12));
    }
}

TEST_CASE("limit: low noise keeps x, high noise leaves all to the network") {
  CHECK(edm_preconditioning(1e-9, 0.5).c_skip == Approx(1));
  CHECK(edm_preconditioning(1e9, 0.5).c_skip < 1e-18);
  CHECK(edm_preconditioning(1e9, 0.5).c_out == Approx(0.5));
}

TEST_CASE("identity: from the target of every parameterisation on every path the denoiser gets x0 back") {
  const double x0 = 0.3, n = -1.7;
  for (const Path& path : paths())
    for (const char* kind : {"epsilon", "x0", "v"})
      for (const double sigma : {1e-3, 0.1, 1.0, 12.0, 150.0}) {
        INFO(path.name << " " << kind << " at " << sigma);
        const double alpha = path.alpha(sigma), s = sigma * alpha, x = x0 + sigma * n;
        const std::string word = kind;
        const double velocity = path.name == "straight" ? n - x0 : alpha * n - s * x0;
        const double target = word == "epsilon" ? n : word == "x0" ? x0 : velocity;
        const Preconditioning c = precondition({.kind = kind, .path = path.name}, sigma);
        CHECK(c.c_in * x == Approx(alpha * x0 + s * n).epsilon(1e-14));
        CHECK(c.c_skip * x + c.c_out * target == Approx(x0).margin(1e-13 * std::max(1.0, sigma)));
        CHECK(c.c_noise == Approx(1000 * path.time(sigma)).epsilon(1e-14));
      }
}

TEST_CASE("limit: without noise every target that is not the image leaves x as it is; all but x0 ask nothing then") {
  for (const Path& path : paths())
    for (const char* kind : {"epsilon", "v"}) {
      const Preconditioning c = precondition({.kind = kind, .path = path.name}, 1e-9);
      CHECK(c.c_skip == Approx(1).epsilon(1e-8));
      CHECK(std::abs(c.c_out) < 1.1e-9);
    }
}

}  // namespace athanor::diffusion
