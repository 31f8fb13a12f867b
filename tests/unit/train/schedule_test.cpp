#include "train/schedule.h"

#include <cmath>

#include "support/catch.h"

namespace athanor::train {

TEST_CASE("limit: the learning rate grows from 0, is whole after the warm-up and ends at its fraction") {
  const ScheduleOptions o{.warmup = 10, .final_fraction = 0.2};
  CHECK(rate_factor(o, 0, 100) == 0);
  CHECK(rate_factor(o, 1, 100) == Approx(0.1));
  CHECK(rate_factor(o, 10, 100) == Approx(1).epsilon(1e-15));
  CHECK(rate_factor(o, 55, 100) == Approx(0.6));
  CHECK(rate_factor(o, 100, 100) == Approx(0.2).epsilon(1e-15));
}

TEST_CASE("limit: no warm-up, no decay, a warm-up as long as the training or longer") {
  CHECK(rate_factor({.warmup = 0, .final_fraction = 0.5}, 0, 10) == Approx(1));
  for (const int64_t t : {1, 5, 10}) CHECK(rate_factor({.warmup = 0, .final_fraction = 1}, t, 10) == Approx(1));
  for (const int64_t t : {1, 5, 9}) CHECK(rate_factor({.warmup = 10}, t, 10) == Approx(double(t) / 10));
  CHECK(rate_factor({.warmup = 200}, 10, 10) == Approx(0.05));
  CHECK(rate_factor({.warmup = 0, .final_fraction = 0.3}, 1, 1) == Approx(0.3));
}

TEST_CASE("law: the rate grows in the warm-up and falls after it") {
  const ScheduleOptions o{.warmup = 20, .final_fraction = 0.01};
  for (int64_t t = 1; t <= 200; ++t) {
    const double slope = rate_factor(o, t, 200) - rate_factor(o, t - 1, 200);
    CHECK((t <= 20 ? slope > 0 : slope < 0));
  }
}

TEST_CASE("law: a weight counts half after the half-life, for every batch size") {
  for (const int64_t batch : {1, 32, 500}) {
    double weight = 1;
    for (int64_t images = 200'000; images < 204'000; images += batch) weight *= ema_decay(4000, 0.05, batch, images);
    CHECK(weight == Approx(0.5).epsilon(1e-12));
  }
}

TEST_CASE("limit: a young average's half-life is a fraction of the images seen; without one it keeps nothing") {
  CHECK(ema_decay(4000, 0.05, 50, 1000) == Approx(0.5));
  CHECK(ema_decay(4000, 0.05, 64, 64) == Approx(std::exp2(-20)));
  CHECK(ema_decay(0, 0.05, 64, 1 << 20) == 0);
  CHECK(ema_decay(4000, 0.05, 64, 0) == 0);
}

}  // namespace athanor::train
