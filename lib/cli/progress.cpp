#include "cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "core/text.h"

namespace athanor::cli {
namespace {

constexpr int64_t kWidestBar = 30, kNarrowestBar = 10;

int64_t terminal_columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string numbers_of(const Advance& advance, std::string_view unit) {
  std::string text = advance.total > 0 ? fmt::format("{}/{} {}", advance.done, advance.total, unit)
                                       : fmt::format("{} {}", advance.done, unit);
  if (advance.rate <= 0) return text;
  text += fmt::format("  {}/s", human(advance.rate));
  if (advance.total > 0)
    text += fmt::format("  {} left", duration_text(double(advance.total - advance.done) / advance.rate));
  return text;
}

std::string bar(const Advance& advance, int64_t width) {
  const int64_t full =
      std::clamp<int64_t>(int64_t(double(advance.done) / double(advance.total) * double(width)), 0, width);
  return "[" + std::string(size_t(full), '#') + std::string(size_t(width - full), '-') + "]";
}

std::string printable(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    safe += code < 0x20 || code == 0x7f ? fmt::format("\\x{:02x}", code) : std::string(1, c);
  }
  return safe;
}

}  // namespace

std::string duration_text(double seconds) {
  if (!(seconds < 1e9)) return "ages";
  const auto s = int64_t(std::max(seconds, 0.0) + 0.5);
  if (s < 60) return fmt::format("{}s", s);
  if (s < 3600) return fmt::format("{}m{:02}s", s / 60, s % 60);
  if (s < 86400) return fmt::format("{}h{:02}m", s / 3600, s % 3600 / 60);
  return fmt::format("{}d{:02}h", s / 86400, s % 86400 / 3600);
}

std::string progress_line(std::string_view name, const Advance& advance, std::string_view unit, int64_t columns) {
  const std::string numbers = numbers_of(advance, unit);
  const int64_t room = columns - int64_t(name.size() + numbers.size()) - 6;  // two gaps, two brackets
  std::string line = advance.total > 0 && room >= kNarrowestBar
                         ? fmt::format("{}  {}  {}", name, bar(advance, std::min(room, kWidestBar)), numbers)
                         : fmt::format("{}  {}", name, numbers);
  if (int64_t(line.size()) > columns) line.resize(size_t(std::max<int64_t>(columns, 0)));
  return line;
}

bool stderr_is_terminal() {
  const char* kind = std::getenv("TERM");
  return isatty(STDERR_FILENO) && !(kind && std::string_view(kind) == "dumb");
}

void Console::start(int64_t total, std::string_view unit) {
  const std::lock_guard lock(mutex_);
  erase();
  unit_ = unit;
  total_ = total;
  first_done_ = -1;
  started_ = drawn_at_ = Clock::now();
}

void Console::update(int64_t done) {
  using Seconds = std::chrono::duration<double>;
  if (!with_bar_) return;
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  if (first_done_ < 0) {  // the rate counts from here: resumed work begins far from zero, the first step is slow
    first_done_ = done;
    first_at_ = now;
  }
  if (total_ > 0 && done >= total_) return erase();
  if (Seconds(now - started_).count() < 1 || Seconds(now - drawn_at_).count() < 0.1) return;
  const double passed = Seconds(now - first_at_).count();
  const double rate = passed > 0 ? double(done - first_done_) / passed : 0;
  const std::string line = progress_line(name_, {done, total_, rate}, unit_, terminal_columns() - 1);
  std::fputs(("\r" + line + "\033[K").c_str(), stderr);
  drawn_ = true;
  drawn_at_ = now;
}

void Console::clear() {
  const std::lock_guard lock(mutex_);
  erase();
}

void Console::erase() {
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

void Console::line(std::string_view text) {
  const std::lock_guard lock(mutex_);
  erase();
  std::fputs(fmt::format("{}: {}\n", name_, printable(text)).c_str(), stderr);
}

}  // namespace athanor::cli
