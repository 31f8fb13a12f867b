#include "image/plot.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <iterator>

#include "core/error.h"
#include "image/bitmap.h"
#include "io/output.h"

extern char** environ;

namespace athanor::image {
namespace {

constexpr std::array<std::string_view, 7> kColours{"0072b2", "d55e00", "009e73", "cc79a7",
                                                   "e69f00", "56b4e9", "555555"};

/// Closes what it holds.
struct Descriptor {
  int fd = -1;
  explicit Descriptor(int of) : fd(of) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  void close() {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
};

/// A string in gnuplot's single quotes: only the quote itself is special.
std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'')
      out += "''";
    else
      out += static_cast<unsigned char>(c) < 32 ? ' ' : c;
  }
  return out + "'";
}

/// How one series is drawn; a key's point is large enough to tell its colour.
std::string curve_of(const PlotOptions& options, const Series& series, size_t number) {
  const std::string_view colour = kColours[number % kColours.size()];
  const std::string title = series.name.empty() ? "notitle" : "title " + in_quotes(series.name);
  if (!options.scatter)
    return fmt::format("$d{} using 1:2 {} with lines linewidth 2 linecolor rgb '#{}'", number, title, colour);
  // The two digits before a colour are its transparency: overlapping points show their density.
  const std::string points = fmt::format(
      "$d{} using 1:2 notitle with points pointtype 7 pointsize 0.35 linecolor rgb '#60{}'", number, colour);
  if (series.name.empty()) return points;
  return points + fmt::format(", keyentry with points pointtype 7 pointsize 1 linecolor rgb '#{}' {}", colour, title);
}

std::string script_of(const Panel& panel) {
  const PlotOptions& options = panel.options;
  std::string s = "set title " + in_quotes(options.title) + "\nset xlabel " + in_quotes(options.x_label) +
                  "\nset ylabel " + in_quotes(options.y_label) + "\n";
  s += options.log_y ? "set logscale y\nset format y '%g'\n" : "unset logscale y\n";
  s += options.equal_axes ? "set size ratio -1\n" : "set size noratio\n";
  std::string curves;
  size_t number = 0, named = 0;
  for (const Series& one : panel.series) {
    const size_t i = number++;
    if (one.points.empty()) continue;
    s += fmt::format("$d{} << EOD\n", i);
    for (const auto& [x, y] : one.points)
      s += std::isfinite(x) && std::isfinite(y) ? fmt::format("{:.9g} {:.9g}\n", x, y) : "\n";
    s += "EOD\n";
    named += !one.name.empty();
    curves += (curves.empty() ? "plot " : ", ") + curve_of(options, one, i);
  }
  return s + (named == 0 ? "unset key\n" : "") + curves + "\n";
}

std::string script_of(std::span<const Panel> panels, bool png) {
  const bool square = panels.size() == 1 && panels[0].options.equal_axes;
  const size_t width = square ? 720 : 840 * panels.size(), height = square ? 720 : 520;
  std::string s = "set encoding utf8\n";
  s += fmt::format("set terminal {} noenhanced size {},{} font 'sans-serif,{}' background rgb 'white'\n",
                   png ? "pngcairo" : "svg", width, height, png ? 12 : 14);
  s += "set border 3 linecolor rgb '#808080'\nset tics nomirror out scale 0.6 textcolor rgb '#404040'\n"
       "set grid linecolor rgb '#e0e0e0' linewidth 1 linetype 1\nset rmargin 4\nset autoscale fix\nset offsets graph "
       "0.02, graph 0.02, graph 0.04, graph 0.04\n"
       "set key outside top center horizontal Left reverse samplen 2 textcolor rgb '#404040'\n"
       "set datafile missing 'nan'\n";
  if (panels.size() > 1) s += fmt::format("set multiplot layout 1,{}\n", panels.size());
  for (const Panel& panel : panels) s += script_of(panel);
  return s + (panels.size() > 1 ? "unset multiplot\n" : "");
}

/// Whether anything can be seen of a panel.
bool drawable(const Panel& panel) {
  return std::ranges::any_of(panel.series, [&](const Series& one) {
    return std::ranges::any_of(one.points, [&](const std::pair<double, double>& p) {
      return std::isfinite(p.first) && std::isfinite(p.second) && (!panel.options.log_y || p.second > 0);
    });
  });
}

/// Starts gnuplot with the given standard input and output; nothing when it is not installed.
std::optional<pid_t> start(int input, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::string name = "gnuplot", option = "-d";  // -d: without the user's own settings
  char* arguments[] = {name.data(), option.data(), nullptr};
  pid_t child = 0;
  const int status = posix_spawnp(&child, "gnuplot", &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (status != 0) return {};
  return child;
}

/// Whether all was taken. MSG_NOSIGNAL: a plotter that dies must not take the program with it.
bool send_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    text.remove_prefix(size_t(sent));
  }
  return true;
}

bool ended_well(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return false;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::string content_of(int fd) {
  std::string content;
  std::array<char, 1 << 16> part;
  lseek(fd, 0, SEEK_SET);
  for (ssize_t n = 0; (n = read(fd, part.data(), part.size())) > 0;) content.append(part.data(), size_t(n));
  return content;
}

}  // namespace

void check_plot_name(const std::string& path) {
  if (!path.ends_with(".svg") && !path.ends_with(".png"))
    fail(ErrorKind::usage, "expected a plot's name ending in .svg or .png, got '{}'", path);
}

void plot(const std::string& path, const PlotOptions& options, std::span<const Series> series, const Remark& remark) {
  const Panel panel{options, {series.begin(), series.end()}};
  plot(path, {&panel, 1}, remark);
}

void plot(const std::string& path, std::span<const Panel> panels, const Remark& remark) {
  const auto say = [&](std::string_view reason) {
    if (remark) remark(fmt::format("{}: no plot is drawn: {}", path, reason));
  };
  std::vector<Panel> seen;
  std::ranges::copy_if(panels, std::back_inserter(seen), drawable);
  if (seen.empty()) return say("there is no point to show");
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) fail_errno(ErrorKind::io, path);
  Descriptor ours(ends[0]), theirs(ends[1]);
  // gnuplot draws into memory; the file appears whole.
  Descriptor drawing(memfd_create("plot", MFD_CLOEXEC));
  if (drawing.fd < 0) fail_errno(ErrorKind::io, path);
  const std::optional<pid_t> child = start(theirs.fd, drawing.fd);
  theirs.close();
  if (!child) return say("gnuplot is not installed");
  const bool sent = send_all(ours.fd, script_of(seen, image_format_of(path) == "png"));
  ours.close();
  const bool ended = ended_well(*child);
  const std::string content = content_of(drawing.fd);
  if (!sent || !ended || content.empty()) return say("gnuplot failed");
  io::write_file(path, content, io::Existing::replace);
}

}  // namespace athanor::image
