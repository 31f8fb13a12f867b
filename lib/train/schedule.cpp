#include "train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace athanor::train {

void ScheduleOptions::fields(Fields& v) {
  v.opt("--warmup", warmup, "steps in which the learning rate grows from 0", at_least(0));
  v.opt("--lr-final", final_fraction, "learning rate at the last step, as a fraction of --lr", between(0, 1));
  v.opt(
      "--ema", ema_half_lives,
      "half-lives of averages of the weights, images; the first is the model, others go to FILE.ema-IMAGES.safetensors",
      at_least(0));
  v.opt("--ema-ramp", ema_ramp, "bound of the half-life, as a fraction of the images seen", more_than(0));
}

double rate_factor(const ScheduleOptions& o, int64_t t, int64_t steps) {
  if (t < o.warmup) return double(t) / double(o.warmup);
  const double left = double(steps - t) / double(std::max<int64_t>(1, steps - o.warmup));
  return o.final_fraction +
         (1 - o.final_fraction) * 0.5 * (1 - std::cos(std::numbers::pi * std::clamp(left, 0.0, 1.0)));
}

double ema_decay(double half_life, double ramp, int64_t batch, int64_t images) {
  const double bounded = std::min(half_life, ramp * double(images));
  return bounded > 0 ? std::exp2(-double(batch) / bounded) : 0;
}

}  // namespace athanor::train
