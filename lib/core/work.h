// How long work meets the outside: a request to stop, and progress that somebody may watch.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace athanor {

/// The termination signal that asked work to end in good order, 0 while none has. Set by `cli`, polled by
/// loops that can leave a resumable state.
int stop_requested();
/// Async-signal-safe.
void request_stop(int signal);

/// Called with the number of units done; a null function is allowed everywhere and means nobody watches.
using Progress = std::function<void(int64_t done)>;
/// A remark for the user that is no error: one line, lower case. May be null.
using Remark = std::function<void(std::string_view line)>;

}  // namespace athanor
