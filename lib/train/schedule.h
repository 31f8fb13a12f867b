// The learning rate over a training, and the half-lives of the averages of its weights.
#pragma once

#include "core/fields.h"

namespace athanor::train {

struct ScheduleOptions {
  int64_t warmup = 200;                          ///< steps of linear growth from 0
  double final_fraction = 0.01;                  ///< of the learning rate, reached by a half cosine at the last step
  std::vector<double> ema_half_lives = {10000};  ///< images after which a weight counts half; one average each
  double ema_ramp = 0.05;                        ///< a half-life is at most this fraction of the images seen
  void fields(Fields& v);
};

/// The factor on the learning rate at step t in 1..steps: t/warmup, then from 1 to final_fraction by a half cosine.
double rate_factor(const ScheduleOptions& options, int64_t t, int64_t steps);

/// The weight that an average keeps at a step of `batch` images after `images` images: 0.5^(batch/half-life). The ramp
/// lets a young average forget its start (Karras et al. 2022, training/training_loop of the reference code).
double ema_decay(double half_life, double ramp, int64_t batch, int64_t images);

}  // namespace athanor::train
