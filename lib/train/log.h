// The record of a training: a line of JSON an interval, and its curve.
#pragma once

#include <string>
#include <utility>
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

/// FILE.jsonl and FILE.svg. A resumed run keeps the lines up to its step and goes on behind them. The file is not
/// touched before the first line or curve, so that a run that fails at once leaves nothing, and an older log alone.
class Log {
 public:
  /// Starts the file anew for resumed_step 0. Throws Error{data} when the log to go on with is none.
  Log(std::string path, int64_t resumed_step);
  /// Appends a line. Throws Error{io}.
  void add(const LogLine& line);
  /// Draws the loss over images.
  void draw(const std::string& svg, const Remark& remark);

 private:
  /// Writes the kept lines, once.
  void begin();
  std::string path_, kept_;
  std::vector<std::pair<double, double>> curve_;  ///< loss over images
  bool begun_ = false;
};

}  // namespace athanor::train
