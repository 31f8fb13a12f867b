#include "train/ranks.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <exception>

#include "core/check.h"

namespace athanor::train {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 5min;
/// Between two looks at who was lost; a failed exchange is heard of at once.
constexpr auto kLook = 200ms;
/// In which the news of a loss follows the exchange that failed by it.
constexpr auto kNews = 2s;

}  // namespace

Ranks::Ranks(const Launch& launch) : launch_(launch) {
  if (launch.ranks == 1) return;
  const Deadline deadline = std::chrono::steady_clock::now() + kPatience;
  in_context(fmt::format("meeting at {} port {}", launch.address, launch.port),
             [&] { exchange([&] { group_ = meet(launch, kPatience); }); });
  exchange([&] {
    if (first()) {
      const Lifeline::Invitation invitation;
      group_->tell("lifeline", invitation.text());
      lifeline_ = invitation.meet(launch.ranks, deadline);
    } else {
      lifeline_ = Lifeline::join(group_->ask("lifeline"), launch.address, launch.rank, deadline);
    }
    group_->connect(lifeline_->address());
  });
}

// A group that was not left in good order may wait in an exchange that never ends: it is kept until the process ends.
Ranks::~Ranks() {
  if (!left_) (void)group_.release();
}

void Ranks::begin(int64_t step, int64_t saved) {
  step_ = step;
  saved_ = saved;
}

std::function<void()> Ranks::sum(const at::Tensor& values, const std::function<void()>& done) {
  return [this, finish = exchange([&] { return group_->sum(values, done); })] { wait(finish); };
}

void Ranks::share(const at::Tensor& values) {
  if (group_) wait(exchange([&] { return group_->share(values); }));
}

template <class F>
std::invoke_result_t<F> Ranks::exchange(const F& f) const {
  try {
    return f();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    fail_exchange(error.what());
  }
}

void Ranks::wait(const Finish& finish) {
  exchange([&] {
    while (!finish(kLook))
      if (const auto peer = lifeline_->lost()) fail_lost(*peer);
  });
}

void Ranks::fail_exchange(std::string_view reason) const {
  reason = reason.substr(0, reason.find('\n'));
  if (!lifeline_) fail(ErrorKind::network, "{}", reason);
  if (const auto peer = lifeline_->lost(kNews)) fail_lost(*peer);
  fail(ErrorKind::network, "the exchange between {} ranks failed at step {}; the last checkpoint is of step {}: {}",
       launch_.ranks, step_, saved_, reason);
}

void Ranks::fail_lost(const Peer& peer) const {
  fail(ErrorKind::network, "rank {} of {} ({}) was lost at step {}; the last checkpoint is of step {}", peer.rank,
       launch_.ranks, peer.host, step_, saved_);
}

at::Tensor Ranks::rows(std::vector<double> own) {
  const at::Tensor all = at::zeros({launch_.ranks, int64_t(own.size())}, at::kDouble);
  std::ranges::copy(own, all.data_ptr<double>() + launch_.rank * int64_t(own.size()));
  sum(all)();
  return all;
}

Vote Ranks::agree(const Vote& own) {
  if (!group_) return own;
  const at::Tensor all =
      rows({own.loss / double(launch_.ranks), double(own.signal), double(own.late), double(own.saved)});
  Vote agreed{.saved = int64_t(all[0][3].item<double>())};
  for (int64_t r = 0; r < launch_.ranks; ++r) {
    const double* row = all.data_ptr<double>() + r * 4;
    agreed.loss += row[0];
    agreed.signal = std::max(agreed.signal, int(row[1]));
    agreed.late = agreed.late || row[2] != 0;
  }
  return agreed;
}

void Ranks::require_same(std::string_view words, std::string_view what) {
  if (!group_) return;
  // 52 bits of it are exact as a number.
  const at::Tensor all = rows({double(std::hash<std::string_view>{}(words) >> 12)});
  const double* hash = all.data_ptr<double>();
  for (int64_t r = 1; r < launch_.ranks; ++r)
    require(hash[r] == hash[0], "rank {} of {} has other {} than rank 0", r, launch_.ranks, what);
}

void Ranks::leave() {
  if (lifeline_) lifeline_->leave();
  left_ = true;
}

}  // namespace athanor::train
