// What a training did when: spans of time that chrome://tracing and Perfetto draw.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <vector>

namespace athanor::train {

/// Thread-safe. Keeps the first hundred thousand spans.
class Trace {
 public:
  using Clock = std::chrono::steady_clock;
  /// What ends now.
  void add(const std::string& name, int lane, Clock::time_point begin);
  /// Writes them as JSON of trace events, microseconds since the trace began. Throws Error{io}.
  void write(const std::string& path) const;

 private:
  struct Span {
    std::string name;
    int lane;  ///< spans of a lane lie within or beside each other
    Clock::time_point begin, end;
  };
  const Clock::time_point started_ = Clock::now();
  mutable std::mutex mutex_;
  std::vector<Span> spans_;
};

/// Adds itself to a trace when it ends; the trace may be null.
class Span {
 public:
  Span(Trace* trace, std::string name, int lane) : trace_(trace), name_(std::move(name)), lane_(lane) {}
  Span(const Span&) = delete;
  ~Span() {
    if (trace_) trace_->add(name_, lane_, begin_);
  }

 private:
  Trace* trace_;
  std::string name_;
  int lane_;
  Trace::Clock::time_point begin_ = Trace::Clock::now();
};

}  // namespace athanor::train
