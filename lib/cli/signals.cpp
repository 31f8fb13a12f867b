#include "cli/signals.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>

#include "core/work.h"
#include "io/output.h"

namespace athanor::cli {
namespace {

std::atomic<bool> first_is_deferred{false};
static_assert(std::atomic<bool>::is_always_lock_free, "read in a signal handler");

void on_signal(int signal) {
  if (first_is_deferred.load() && stop_requested() == 0) {
    request_stop(signal);
    return;
  }
  io::discard_unfinished();
  die_of(signal);
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action = {};
  if (sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) return;
  action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;  // reads and writes go on after a signal that only asks to stop
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

void install_signal_handlers() {
  handle(SIGPIPE, SIG_IGN);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) handle(signal, on_signal);
}

void defer_first_signal() { first_is_deferred = true; }

void die_of(int signal) {
  ::signal(signal, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  raise(signal);
  _exit(128 + signal);
}

}  // namespace athanor::cli
