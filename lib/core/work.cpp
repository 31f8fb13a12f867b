#include "core/work.h"

#include <atomic>

namespace athanor {
namespace {
std::atomic<int> stop_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "set from a signal handler");
}  // namespace

int stop_requested() { return stop_signal.load(std::memory_order_relaxed); }
void request_stop(int signal) { stop_signal.store(signal, std::memory_order_relaxed); }

}  // namespace athanor
