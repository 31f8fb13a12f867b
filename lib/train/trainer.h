// The training loop: batches, gradient, clipping, optimizer, averages of the weights, log, checkpoints, resume.
//
// A run is a function of (options, data, seed): every random number is drawn by its own counter, so a training that was
// interrupted and resumed ends with the same bits as one that was not, on one machine with the same number of threads.
#pragma once

#include "core/work.h"
#include "data/loader.h"
#include "nn/network.h"
#include "train/optimizer.h"
#include "train/ranks.h"
#include "train/schedule.h"
#include "train/state.h"

namespace athanor::train {

struct TrainerOptions {
  int64_t steps = 5000;
  int64_t batch = 64;                   ///< images a step
  int64_t accumulate = 1;               ///< parts in which a batch goes through the network
  bool accumulate_in_momentum = false;  ///< parts go into the optimizer's momentum one by one, each clipped by itself
  uint64_t seed = 0;
  double clip = 1;  ///< largest norm of the gradient
  OptimizerOptions optimizer;
  ScheduleOptions schedule;
  int64_t log_every = 50;  ///< steps
  int64_t checkpoint_every = 500;
  double max_minutes = 0;  ///< end in good order after this long; 0: no limit
  std::string trace;       ///< file for what rank 0 did when; empty for none
  void fields(Fields& v);
  /// Throws Error{usage}: a batch that the parts of so many processes do not divide, a β for an optimizer without one.
  void check(int64_t ranks) const;
};

/// What a training learns: one number to make small.
class Objective {
 public:
  virtual ~Objective() = default;
  /// The mean loss of a batch, a scalar through which gradients flow.
  virtual at::Tensor loss(const nn::Network& network, const data::Batch& batch) const = 0;
};

/// What a run leaves behind at a checkpoint, called with the averaged weights [P], one average a half-life.
using SaveModel = std::function<void(std::span<const at::Tensor> averages, int64_t step)>;

struct TrainerFiles {
  std::string model;     ///< path; FILE.state.safetensors, FILE.jsonl and FILE.svg stand beside it
  bool resume = false;   ///< go on from FILE.state.safetensors
  io::History history;   ///< recorded in the state, so that a resumed run can keep it
  std::string identity;  ///< JSON of what must not change between runs; recorded and compared
};

/// Trains to the last step, or until stop_requested() or the time limit; in each case state and model are saved.
/// Throws Error{data} on a loss that is not finite (naming the step; the last checkpoint stays), Interrupted when a
/// signal asked it to stop. Returns whether the last step was reached.
/// With several ranks each takes its share of every batch and all keep the same weights; the first alone writes, and
/// reads the state. A signal or the time limit of one stops all at the same step. Throws Error{network} when one of
/// them was lost.
bool train(const TrainerOptions& options, const TrainerFiles& files, const Objective& objective,
           const data::Drawn& data, nn::Network& network, const SaveModel& save, const Progress& progress,
           const Remark& remark, Ranks ranks = {});

}  // namespace athanor::train
