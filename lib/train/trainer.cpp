#include "train/trainer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <chrono>
#include <cmath>

#include "tensor/bridge.h"
#include "train/log.h"

namespace athanor::train {
namespace {

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// Scales the gradient to at most `largest` in norm; returns the norm that it had.
double clip_norm(at::Tensor& gradient, double largest) {
  const double norm = gradient.norm().item<double>();
  if (norm > largest) gradient.mul_(largest / norm);
  return norm;
}

/// Sums over a log interval.
struct Interval {
  double loss = 0, gradient_norm = 0, started = seconds();
  int64_t steps = 0;
  LogLine line(int64_t step, int64_t batch, double rate) const {
    return {.step = step,
            .images = step * batch,
            .loss = loss / double(steps),
            .gradient_norm = gradient_norm / double(steps),
            .learning_rate = rate,
            .images_per_second = double(steps * batch) / (seconds() - started)};
  }
};

class Run {
 public:
  Run(const TrainerOptions& options, const TrainerFiles& files, const Objective& objective, nn::Network& network)
      : options_(options),
        files_(files),
        objective_(objective),
        network_(network),
        optimizer_(options.adamw, network.decay_mask()),
        average_(network.flat().clone()) {
    if (files_.resume) restore();
  }

  int64_t step() const { return step_; }
  const at::Tensor& average() const { return average_; }

  /// One step: loss and gradient, clipping, AdamW, average.
  void advance(const data::Batch& batch, Interval& interval) {
    network_.gradient().zero_();
    const at::Tensor loss = objective_.loss(network_, batch);
    const double value = loss.item<double>();
    require(std::isfinite(value), "step {}: the loss is not finite; the last checkpoint is of step {}", step_ + 1,
            saved_step_);
    loss.backward();

    const at::NoGradGuard no_grad;
    const double norm = clip_norm(network_.gradient(), options_.clip);
    require(std::isfinite(norm), "step {}: the gradient is not finite; the last checkpoint is of step {}", step_ + 1,
            saved_step_);
    ++step_;
    optimizer_.step(network_.flat(), network_.gradient(), step_, rate());
    average_.lerp_(network_.flat(), 1 - ema_decay(options_.schedule, options_.batch, step_ * options_.batch));
    interval.loss += value;
    interval.gradient_norm += norm;
    ++interval.steps;
  }

  double rate() const { return options_.adamw.learning_rate * rate_factor(options_.schedule, step_, options_.steps); }

  void save() {
    save_state({.step = step_,
                .weights = network_.flat(),
                .m = optimizer_.m,
                .v = optimizer_.v,
                .average = average_,
                .history = files_.history,
                .identity = files_.identity},
               state_path(files_.model));
    saved_step_ = step_;
  }

 private:
  void restore() {
    const State state = load_state(state_path(files_.model), network_.flat().numel());
    check_identity(state.identity, files_.identity);
    require(state.step <= options_.steps, "{}: {} steps are done, more than the {} of this run",
            state_path(files_.model), state.step, options_.steps);
    step_ = saved_step_ = state.step;
    network_.flat().copy_(state.weights);
    optimizer_.m = state.m;
    optimizer_.v = state.v;
    average_ = state.average;
  }

  const TrainerOptions& options_;
  const TrainerFiles& files_;
  const Objective& objective_;
  nn::Network& network_;
  AdamW optimizer_;
  at::Tensor average_;
  int64_t step_ = 0, saved_step_ = 0;
};

}  // namespace

void TrainerOptions::fields(Fields& v) {
  v.opt("--steps", steps, "steps of the optimizer in all", at_least(1));
  v.opt("-b,--batch", batch, "images a step", at_least(1));
  v.opt("--seed", seed, "of weights, order, noise and dropped labels");
  v.opt("--clip", clip, "largest norm of the gradient", more_than(0));
  adamw.fields(v);
  schedule.fields(v);
  v.opt("--log-every", log_every, "steps between lines of the log", at_least(1));
  v.opt("--checkpoint-every", checkpoint_every, "steps between checkpoints", at_least(1));
  v.opt("--max-time", max_minutes, "end in good order after so many minutes; 0: no limit", at_least(0));
}

bool train(const TrainerOptions& options, const TrainerFiles& files, const Objective& objective,
           const data::Dataset& dataset, nn::Network& network, const SaveModel& save, const Progress& progress,
           const Remark& remark) {
  return tensor::translated([&] {
    const double deadline = options.max_minutes > 0 ? seconds() + 60 * options.max_minutes : INFINITY;
    Run run(options, files, objective, network);
    Log log(files.model + ".jsonl", run.step());
    data::Loader loader(dataset, options.batch, options.seed, run.step() * options.batch);
    const auto checkpoint = [&] {
      run.save();
      save(run.average(), run.step());
      log.draw(files.model + ".svg", remark);
    };

    Interval interval;
    bool stopping = false;
    while (run.step() < options.steps && !stopping) {
      run.advance(loader.next(), interval);
      if (progress) progress(run.step());
      if (run.step() % options.log_every == 0 || run.step() == options.steps) {
        log.add(interval.line(run.step(), options.batch, run.rate()));
        interval = {};
      }
      stopping = stop_requested() != 0 || seconds() > deadline;
      if (!stopping && run.step() % options.checkpoint_every == 0 && run.step() < options.steps) checkpoint();
    }
    checkpoint();
    if (stop_requested() != 0) throw Interrupted{stop_requested()};
    return run.step() == options.steps;
  });
}

}  // namespace athanor::train
