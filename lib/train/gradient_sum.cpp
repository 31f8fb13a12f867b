#include "train/gradient_sum.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

namespace athanor::train {
namespace {

/// A megabyte: small enough that a network of a few million parameters has several under way, large enough that a
/// bucket's time is that of its bytes.
constexpr int64_t kLeast = 1 << 18;

/// Called when a leaf has its gradient.
class Hook : public torch::autograd::FunctionPostHook {
 public:
  explicit Hook(std::function<void()> arrived) : arrived_(std::move(arrived)) {}
  torch::autograd::variable_list operator()(const torch::autograd::variable_list& outputs,
                                            const torch::autograd::variable_list&) override {
    arrived_();
    return outputs;
  }

 private:
  std::function<void()> arrived_;
};

using Accumulator = decltype(torch::autograd::impl::grad_accumulator(std::declval<const at::Tensor&>()));

}  // namespace

/// What adds to each leaf's gradient; LibTorch forgets it, and the hook with it, unless somebody holds it.
struct GradientSum::Hooks {
  std::vector<Accumulator> accumulators;
};

std::vector<Bucket> buckets_of(std::span<const arch::Parameter> parameters, int64_t least) {
  int64_t offset = 0;
  for (const arch::Parameter& p : parameters) offset += element_count(p.shape);
  std::vector<Bucket> buckets;
  for (size_t p = parameters.size(); p-- > 0;) {
    if (buckets.empty() || buckets.back().count >= least) buckets.push_back({.first = p + 1, .last = p + 1});
    Bucket& bucket = buckets.back();
    const int64_t count = element_count(parameters[p].shape);
    bucket.first = p;
    bucket.offset = offset -= count;
    bucket.count += count;
  }
  return buckets;
}

GradientSum::GradientSum(Ranks& ranks, nn::Network& network, std::shared_ptr<Trace> trace)
    : ranks_(ranks), network_(network), trace_(std::move(trace)), hooks_(std::make_unique<Hooks>()) {
  if (ranks.count() == 1) return;
  for (const Bucket& bucket : buckets_of(network.graph().parameters(), kLeast))
    transfers_.push_back({.bucket = bucket});
  for (size_t t = 0; t < transfers_.size(); ++t)
    for (size_t p = transfers_[t].bucket.first; p < transfers_[t].bucket.last; ++p) {
      hooks_->accumulators.push_back(torch::autograd::impl::grad_accumulator(network.leaves()[p]));
      hooks_->accumulators.back()->add_post_hook(std::make_unique<Hook>([this, t] { arrived(t); }));
    }
}

GradientSum::~GradientSum() = default;

void GradientSum::expect() {
  expected_ = true;
  started_ = 0;
  for (Transfer& transfer : transfers_) transfer.missing = transfer.bucket.last - transfer.bucket.first;
}

void GradientSum::arrived(size_t transfer) {
  if (!expected_) return;
  --transfers_[transfer].missing;
  while (started_ < transfers_.size() && transfers_[started_].missing == 0) start(started_++);
}

void GradientSum::start(size_t transfer) {
  const Bucket& bucket = transfers_[transfer].bucket;
  std::function<void()> done;
  if (trace_)
    done = [trace = trace_, transfer, begin = Trace::Clock::now()] {
      trace->add(fmt::format("all-reduce {}", transfer), int(transfer) + 1, begin);
    };
  transfers_[transfer].wait = ranks_.sum(network_.gradient().narrow(0, bucket.offset, bucket.count), done);
}

void GradientSum::finish() {
  expected_ = false;
  // A parameter that took no part has no gradient to wait for.
  while (started_ < transfers_.size()) start(started_++);
  for (Transfer& transfer : transfers_) transfer.wait();
}

}  // namespace athanor::train
