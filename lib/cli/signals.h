// How a tool meets signals: nothing unfinished is left behind, and whoever started it sees which signal ended it.
#pragma once

namespace athanor::cli {

/// SIGPIPE is ignored (a closed pipe is an error of the write that meets it). SIGINT, SIGTERM and SIGHUP delete
/// unfinished outputs and end the process; one that was ignored from the start (nohup) stays ignored.
void install_signal_handlers();
/// From now on the first of them only calls request_stop(); a second ends the process.
void defer_first_signal();
/// Ends the process as the signal's default action does, so that the shell sees 128 + signal.
[[noreturn]] void die_of(int signal);

}  // namespace athanor::cli
