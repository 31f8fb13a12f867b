#include "diffusion/edm.h"

#include "support/catch.h"

namespace athanor::diffusion {

TEST_CASE("value: coefficients at sigma 2, sigma_data 0.5") {
  const Preconditioning c = edm_preconditioning(2, 0.5);
  CHECK(c.c_skip == Approx(0.25 / 4.25).epsilon(1e-15));
  CHECK(c.c_out == Approx(1 / std::sqrt(4.25)).epsilon(1e-15));
  CHECK(c.c_in == Approx(1 / std::sqrt(4.25)).epsilon(1e-15));
  CHECK(c.c_noise == Approx(std::log(2.0) / 4).epsilon(1e-15));
  CHECK(edm_loss_weight(2, 0.5) == Approx(4.25).epsilon(1e-15));
}

TEST_CASE("identity: input and target have unit variance, and the weighted loss is the network's own") {
  for (const double sigma : {1e-3, 0.1, 1.0, 80.0})
    for (const double sigma_data : {0.3, 0.5, 2.0}) {
      const Preconditioning c = edm_preconditioning(sigma, sigma_data);
      const double data = sigma_data * sigma_data, noise = sigma * sigma;
      CHECK(c.c_in * c.c_in * (data + noise) == Approx(1).epsilon(1e-14));
      // The target is (x0 − c_skip·(x0 + σn))/c_out.
      const double target = (1 - c.c_skip) * (1 - c.c_skip) * data + c.c_skip * c.c_skip * noise;
      CHECK(target / (c.c_out * c.c_out) == Approx(1).epsilon(1e-12));
      CHECK(edm_loss_weight(sigma, sigma_data) * c.c_out * c.c_out == Approx(1).epsilon(1e-14));
    }
}

TEST_CASE("limit: low noise keeps x, high noise leaves all to the network") {
  CHECK(edm_preconditioning(1e-9, 0.5).c_skip == Approx(1));
  CHECK(edm_preconditioning(1e9, 0.5).c_skip < 1e-18);
  CHECK(edm_preconditioning(1e9, 0.5).c_out == Approx(0.5));
}

}  // namespace athanor::diffusion
