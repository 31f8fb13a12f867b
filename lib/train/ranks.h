// The processes of one training: what they tell each other, and what happens when one of them is lost.
#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>
#include <type_traits>

#include "train/group.h"
#include "train/launch.h"
#include "train/lifeline.h"

namespace athanor::train {

/// What a process has to say at a step.
struct Vote {
  double loss = 0;    ///< of its share of the batch
  int signal = 0;     ///< that asked it to stop, 0 for none
  bool late = false;  ///< whether its time is up
  int64_t saved = 0;  ///< step of the last checkpoint that it wrote
};

/// This process among those that train together; all call the same functions in the same order. One process alone
/// exchanges nothing, and LibTorch's c10d is not touched.
/// What waits throws Error{network} when a process was lost: "rank 1 of 2 (host) was lost at step 57; the last
/// checkpoint is of step 50".
class Ranks {
 public:
  /// One process alone.
  Ranks() = default;
  /// Meets the others. Throws Error{network}: they did not come within five minutes; Error{device}: no Gloo.
  explicit Ranks(const Launch& launch);
  Ranks(Ranks&&) = default;
  ~Ranks();

  int64_t rank() const { return launch_.rank; }
  int64_t count() const { return launch_.ranks; }
  /// Whether this is the process that writes and speaks.
  bool first() const { return launch_.rank == 0; }
  /// The step that begins, and that of the last checkpoint: what is said of a loss.
  void begin(int64_t step, int64_t saved);

  /// Starts to add a contiguous tensor over all, in place; what it returns waits for the sum. `done` may be null, or is
  /// called when the sum is there, on another thread.
  std::function<void()> sum(const at::Tensor& values, const std::function<void()>& done = nullptr);
  /// Gives rank 0's values to all.
  void share(const at::Tensor& values);
  /// The mean loss, the largest signal, whether any is late, and what rank 0 saved.
  Vote agree(const Vote& own);
  /// Throws Error{data} in all when `words` are not the same in all, naming the first rank that differs from rank 0.
  void require_same(std::string_view words, std::string_view what);
  /// The last exchange is done: nobody takes the end of this process for a loss.
  void leave();

 private:
  /// What f returns; what c10d throws in it becomes Error{network}.
  template <class F>
  std::invoke_result_t<F> exchange(const F& f) const;
  void wait(const Finish& finish);
  [[noreturn]] void fail_exchange(std::string_view reason) const;
  [[noreturn]] void fail_lost(const Peer& peer) const;
  /// [ranks, n]: row r is what rank r gave, float64.
  at::Tensor rows(std::vector<double> own);
  Launch launch_;
  std::unique_ptr<Group> group_;
  std::unique_ptr<Lifeline> lifeline_;
  int64_t step_ = 0, saved_ = 0;
  bool left_ = false;
};

}  // namespace athanor::train
