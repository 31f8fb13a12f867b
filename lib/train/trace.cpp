#include "train/trace.h"

#include <nlohmann/json.hpp>

#include "io/output.h"

namespace athanor::train {

constexpr size_t kMostSpans = 100'000;

void Trace::add(const std::string& name, int lane, Clock::time_point begin) {
  const Clock::time_point end = Clock::now();
  const std::lock_guard lock(mutex_);
  if (spans_.size() < kMostSpans) spans_.push_back({name, lane, begin, end});
}

void Trace::write(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  nlohmann::ordered_json events = nlohmann::ordered_json::array();
  for (const Span& span : spans_) {
    using Microseconds = std::chrono::duration<double, std::micro>;
    events.push_back({{"name", span.name},
                      {"ph", "X"},
                      {"pid", 0},
                      {"tid", span.lane},
                      {"ts", Microseconds(span.begin - started_).count()},
                      {"dur", Microseconds(span.end - span.begin).count()}});
  }
  io::write_file(path, nlohmann::ordered_json{{"traceEvents", events}}.dump(1) + "\n");
}

}  // namespace athanor::train
