#include "train/trainer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <chrono>
#include <cmath>
#include <optional>

#include "tensor/bridge.h"
#include "train/gradient_sum.h"
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
  Run(const TrainerOptions& options, const TrainerFiles& files, const Objective& objective, nn::Network& network,
      Ranks& ranks, const std::shared_ptr<Trace>& trace)
      : options_(options),
        files_(files),
        objective_(objective),
        network_(network),
        ranks_(ranks),
        trace_(trace),
        sum_(ranks, network, trace),
        optimizer_(make_optimizer(options.optimizer, network.graph().parameters())) {
    for (size_t i = 0; i < options.schedule.ema_half_lives.size(); ++i) averages_.push_back(network.flat().clone());
    if (files_.resume && ranks.first()) restore();
    share();
  }

  int64_t step() const { return step_; }
  std::span<const at::Tensor> averages() const { return averages_; }

  /// One step: loss and gradient of each part, clipping, optimizer, averages. Returns this rank's loss.
  double advance(data::Loader& loader, Interval& interval) {
    const int64_t parts = options_.accumulate;
    double loss = 0, norm = 0;
    ranks_.begin(step_ + 1, saved_step_);
    for (int64_t part = 0; part < parts; ++part) {
      const bool complete = options_.accumulate_in_momentum || part + 1 == parts;
      if (part == 0 || options_.accumulate_in_momentum) network_.gradient().zero_();
      // The mean of the parts' gradients is the batch's; the optimizer takes it itself where it is given the parts.
      loss +=
          backward(loader.next(), options_.accumulate_in_momentum ? 1 : 1 / double(parts), complete) / double(parts);
      const at::NoGradGuard no_grad;
      if (complete) sum_.finish();
      if (options_.accumulate_in_momentum)
        norm = std::max(norm, take({.index = part, .count = parts}, loss));
      else if (part + 1 == parts)
        norm = take({}, loss);
    }
    const at::NoGradGuard no_grad;
    ++step_;
    optimizer_->update(network_.flat(), step_, rate());
    for (size_t i = 0; i < averages_.size(); ++i)
      averages_[i].lerp_(network_.flat(), 1 - ema_decay(options_.schedule.ema_half_lives[i], options_.schedule.ema_ramp,
                                                        options_.batch, step_ * options_.batch));
    interval.gradient_norm += norm;
    ++interval.steps;
    return loss;
  }

  /// What all ranks say of the step that is done.
  Vote agree(double loss, bool late) {
    const Vote all = ranks_.agree({.loss = loss, .signal = stop_requested(), .late = late, .saved = saved_step_});
    require_finite(all.loss, step_);
    saved_step_ = all.saved;
    return all;
  }

  double rate() const {
    return options_.optimizer.learning_rate * rate_factor(options_.schedule, step_, options_.steps);
  }

  /// Gives all ranks what the first one has. Those on other processors drift apart by roundings: without this, a
  /// training that is resumed would go another way than one that was not interrupted.
  void share() {
    if (ranks_.count() == 1) return;
    const at::Tensor steps = at::tensor({step_, saved_step_}, at::kLong);
    ranks_.share(steps);
    step_ = steps[0].item<int64_t>();
    saved_step_ = steps[1].item<int64_t>();
    for (const auto& [name, tensor] : members()) ranks_.share(*tensor);
  }

  void save() {
    save_state({.step = step_, .history = files_.history, .identity = files_.identity}, members(),
               state_path(files_.model));
    saved_step_ = step_;
  }

 private:
  /// Adds the gradient of `scale` times the batch's loss, by which it may be `complete`; returns the loss.
  double backward(const data::Batch& batch, double scale, bool complete) {
    at::Tensor loss;
    double value = 0;
    {
      const Span span(trace_.get(), "forward", 0);
      loss = objective_.loss(network_, batch);
      value = loss.item<double>();
    }
    scale /= double(ranks_.count());
    const Span span(trace_.get(), "backward", 0);
    if (complete) sum_.expect();
    (scale == 1 ? loss : loss * scale).backward();
    return value;
  }

  void require_finite(double loss, int64_t step) const {
    require(std::isfinite(loss), "step {}: the loss is not finite; the last checkpoint is of step {}", step,
            saved_step_);
  }

  /// Gives the gradient to the optimizer, clipped; returns the norm that it had. `loss` is this rank's so far.
  double take(Part part, double loss) {
    const double norm = clip_norm(network_.gradient(), options_.clip);
    if (!std::isfinite(norm) && !optimizer_->survives_nan()) {
      // The sum of gradients has the same bits in all ranks: all of them vote here, or none.
      require_finite(ranks_.agree({.loss = loss}).loss, step_ + 1);
      fail(ErrorKind::data, "step {}: the gradient is not finite; the last checkpoint is of step {}", step_ + 1,
           saved_step_);
    }
    optimizer_->accumulate(network_.gradient(), part);
    return norm;
  }

  Members members() {
    Members all{{"weights", &network_.flat()}};
    for (size_t i = 0; i < averages_.size(); ++i) all.emplace_back(fmt::format("average.{}", i), &averages_[i]);
    for (const auto& member : optimizer_->state()) all.push_back(member);
    return all;
  }

  void restore() {
    const std::string path = state_path(files_.model);
    const State state = load_state(path, members(), [&](const State& found) {
      check_identity(found.identity, files_.identity);
      require(found.step <= options_.steps, "{}: {} steps are done, more than the {} of this run", path, found.step,
              options_.steps);
    });
    step_ = saved_step_ = state.step;
  }

  const TrainerOptions& options_;
  const TrainerFiles& files_;
  const Objective& objective_;
  nn::Network& network_;
  Ranks& ranks_;
  std::shared_ptr<Trace> trace_;
  GradientSum sum_;
  std::unique_ptr<Optimizer> optimizer_;
  std::vector<at::Tensor> averages_;
  int64_t step_ = 0, saved_step_ = 0;
};

}  // namespace

void TrainerOptions::fields(Fields& v) {
  v.opt("--steps", steps, "steps of the optimizer in all", at_least(1));
  v.opt("-b,--batch", batch, "images a step", at_least(1));
  v.opt("--accum", accumulate, "parts in which a batch goes through the network; it must divide the batch",
        at_least(1));
  v.opt("--accum-in-momentum", accumulate_in_momentum,
        "let the optimizer's momentum take the parts one by one, each clipped by itself");
  v.opt("--seed", seed, "of weights, order, noise and dropped labels");
  v.opt("--clip", clip, "largest norm of the gradient", more_than(0));
  optimizer.fields(v);
  schedule.fields(v);
  v.opt("--log-every", log_every, "steps between lines of the log", at_least(1));
  v.opt("--checkpoint-every", checkpoint_every, "steps between checkpoints", at_least(1));
  v.opt("--max-time", max_minutes, "end in good order after so many minutes; 0: no limit", at_least(0));
  v.hidden("--trace", trace, "file for what rank 0 did when, as trace events");
}

void TrainerOptions::check(int64_t ranks) const {
  data::Share{.ranks = ranks, .parts = accumulate}.check(batch);
  optimizer.check();
}

bool train(const TrainerOptions& options, const TrainerFiles& files, const Objective& objective,
           const data::Drawn& data, nn::Network& network, const SaveModel& save, const Progress& progress,
           const Remark& remark, Ranks ranks) {
  return tensor::translated([&] {
    const double deadline = options.max_minutes > 0 ? seconds() + 60 * options.max_minutes : INFINITY;
    ranks.require_same(files.identity, "options or data");
    const auto trace = options.trace.empty() || !ranks.first() ? nullptr : std::make_shared<Trace>();
    Run run(options, files, objective, network, ranks, trace);
    std::optional<Log> log;
    if (ranks.first()) log.emplace(files.model + ".jsonl", run.step());
    data::Loader loader(data, options.batch, options.seed, run.step() * options.batch,
                        {.rank = ranks.rank(), .ranks = ranks.count(), .parts = options.accumulate});
    const auto checkpoint = [&] {
      run.share();
      if (!ranks.first()) return;
      run.save();
      save(run.averages(), run.step());
      log->draw(files.model + ".svg", remark);
    };

    Interval interval;
    Vote all;
    bool stopping = false;
    while (run.step() < options.steps && !stopping) {
      const double loss = run.advance(loader, interval);
      if (progress) progress(run.step());
      all = run.agree(loss, seconds() > deadline);
      interval.loss += all.loss;
      if (run.step() % options.log_every == 0 || run.step() == options.steps) {
        if (log) log->add(interval.line(run.step(), options.batch, run.rate()));
        interval = {};
      }
      stopping = all.signal != 0 || all.late;
      if (!stopping && run.step() % options.checkpoint_every == 0 && run.step() < options.steps) checkpoint();
    }
    checkpoint();
    ranks.leave();
    if (trace) trace->write(options.trace);
    if (const int signal = std::max(all.signal, stop_requested()); signal != 0) throw Interrupted{signal};
    return run.step() == options.steps;
  });
}

}  // namespace athanor::train
