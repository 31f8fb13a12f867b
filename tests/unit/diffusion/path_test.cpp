#include "diffusion/path.h"

#include <cmath>
#include <numbers>

#include "core/error.h"
#include "support/catch.h"

namespace athanor::diffusion {

TEST_CASE("two ways: time and sigma are each other's inverse, and sigma rises") {
  for (const Path& path : paths()) {
    double before = -1;
    for (const double t : {0.0, 1e-6, 1e-3, 0.1, 0.5, 0.9, 0.99}) {
      INFO(path.name << " at " << t);
      const double sigma = path.sigma(t);
      CHECK(path.time(sigma) == Approx(t).epsilon(1e-12).margin(1e-15));
      CHECK(sigma > before);
      before = sigma;
    }
    CHECK(path.sigma(0) == 0);
  }
}

TEST_CASE("value: the published schedules") {
  const Path &linear = path_named("vp-linear"), &cosine = path_named("cosine");
  // Karras et al. (2022), table 1: sigma_min and sigma_max of VP.
  CHECK(linear.sigma(1e-3) == Approx(0.010486).epsilon(1e-4));
  CHECK(linear.sigma(1) == Approx(152.17).epsilon(1e-4));
  // Nichol and Dhariwal (2021), equation 17: ᾱ(t) = f(t)/f(0).
  const auto f = [](double t) { return std::pow(std::cos((t + 0.008) / 1.008 * std::numbers::pi / 2), 2); };
  for (const double t : {0.1, 0.5, 0.9}) {
    const double kept = f(t) / f(0);
    CHECK(cosine.sigma(t) == Approx(std::sqrt((1 - kept) / kept)).epsilon(1e-12));
    CHECK(std::pow(cosine.alpha(cosine.sigma(t)), 2) == Approx(kept).epsilon(1e-12));
  }
  CHECK(path_named("straight").sigma(0.75) == 3);
  CHECK(path_named("trigonometric").sigma(0.5) == Approx(1).epsilon(1e-15));
}

TEST_CASE("identity: the scales of data and noise add up on the straight path, their squares on the others") {
  for (const Path& path : paths())
    for (const double t : {0.01, 0.3, 0.7, 0.98}) {
      const double sigma = path.sigma(t), alpha = path.alpha(sigma), s = sigma * alpha;
      CHECK((path.name == "straight" ? alpha + s : alpha * alpha + s * s) == Approx(1).epsilon(1e-14));
    }
}

TEST_CASE("refusal: a path that there is not") {
  CHECK_THROWS_WITH(path_named("curved"),
                    "there is no path 'curved'; choose one of straight, trigonometric, vp-linear, cosine");
}

}  // namespace athanor::diffusion
