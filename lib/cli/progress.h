// What a tool says on standard error while it works.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace athanor::cli {

/// How far some work has come.
struct Advance {
  int64_t done = 0, total = 0;  ///< total 0: unknown
  double rate = 0;              ///< units a second; 0: not known yet
};
/// "sample  [#####-----]  512/50000 images  123/s  6m40s left", at most `columns` wide.
std::string progress_line(std::string_view name, const Advance& advance, std::string_view unit, int64_t columns);
/// "45s", "6m40s", "3h05m", "2d04h".
std::string duration_text(double seconds);

/// Standard error, shared by one bar that is redrawn and lines that stay. Thread-safe.
class Console {
 public:
  /// `name` stands before every line; without `with_bar` nothing is drawn.
  Console(std::string name, bool with_bar) : name_(std::move(name)), with_bar_(with_bar) {}
  ~Console() { clear(); }
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  void allow_bar(bool allowed) { with_bar_ = allowed; }
  /// A new bar.
  void start(int64_t total, std::string_view unit);
  /// Draws at most ten times a second, and only when the work has taken a second.
  void update(int64_t done);
  /// Takes the bar off the screen.
  void clear();
  /// "name: text" on a line of its own. Control characters, which names in files may hold, are made visible.
  void line(std::string_view text);

 private:
  using Clock = std::chrono::steady_clock;
  void erase();
  std::mutex mutex_;
  std::string name_, unit_;
  bool with_bar_, drawn_ = false;
  int64_t total_ = 0, first_done_ = -1;
  Clock::time_point started_, first_at_, drawn_at_;
};

/// Whether a bar can be redrawn on standard error.
bool stderr_is_terminal();

}  // namespace athanor::cli
