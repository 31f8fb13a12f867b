// The record of a training: a line of JSON an interval, and its curve.
#pragma once

#include <string>
#include <vector>

#include "core/work.h"

namespace athanor::train {

struct LogLine {
  int64_t step = 0, images = 0;
  double loss = 0;           ///< mean over the interval
  double gradient_norm = 0;  ///< before clipping, mean over the interval
  double learning_rate = 0;
  double images_per_second = 0;
};

/// FILE.jsonl and FILE.svg. A resumed run keeps the lines up to its step and goes on behind them.
class Log {
 public:
  /// Starts the file anew for resumed_step 0. Throws Error{io}.
  Log(std::string path, int64_t resumed_step);
  /// Appends a line; the file is always whole lines.
  void add(const LogLine& line);
  /// Draws the loss over images.
  void draw(const std::string& svg, const Remark& remark) const;

 private:
  std::string path_;
  std::vector<LogLine> lines_;
};

}  // namespace athanor::train
