#include "cli/tool.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <new>

#include "cli/called.h"
#include "cli/describe.h"
#include "cli/files.h"
#include "cli/parser.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "core/error.h"
#include "core/version.h"

namespace athanor::cli {

struct Context::State {
  const Spec spec;                   ///< as the program was called
  const std::string program;         ///< as it is recorded in outputs
  const std::vector<Field>& fields;  ///< the tool's own, then the common ones
  const size_t own = fields.size();
  CommonOptions common = {};
  std::vector<std::string> recorded = {};
  Console console{spec.name, false};
  bool verdict_is_no = false;
};

namespace {

enum ExitCode { kDone = 0, kVerdictNo = 1, kWrongCommandLine = 2, kFailed = 3 };

/// A standard stream that the caller has closed gets a descriptor that fails to read or write: else the first file
/// opened would take its number, and what is meant for the stream would go into that file.
void occupy_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) (void)::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/// What `errno` says of a failed write to standard output.
[[noreturn]] void fail_stdout() {
  if (errno == EPIPE) throw BrokenPipe{};
  fail_errno(ErrorKind::io, "standard output");
}

void flush_stdout() {
  errno = 0;
  if (std::fflush(stdout) != 0 || std::ferror(stdout)) fail_stdout();
}

bool answer_and_leave(Context::State& state, Context& context) {
  if (state.common.help)
    context.print(help_page(page_of(state.spec, state.fields)));
  else if (state.common.version)
    context.print(fmt::format("{} {} (athanor)\n", state.spec.name, version()));
  else if (!state.common.describe.empty())
    context.print(describe(page_of(state.spec, state.fields), state.common.describe));
  return state.common.answers();
}

ExitCode run_all(Context::State& state, std::span<const std::string> words, const std::function<void(Context&)>& body) {
  Context context(state);
  state.recorded = parse(state.fields, state.common, words);
  state.console.allow_bar(!state.common.quiet && stderr_is_terminal());
  if (!answer_and_leave(state, context)) {
    check_inputs(state.fields);
    check_outputs(state.fields, context.existing());
    body(context);
  }
  flush_stdout();
  return state.verdict_is_no ? kVerdictNo : kDone;
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

/// The one place where exceptions end.
ExitCode guarded(Context::State& state, const std::function<ExitCode()>& work) {
  int signal = 0;
  try {
    return work();
  } catch (const Error& error) {
    state.console.line(error.what());
    return error.kind() == ErrorKind::usage ? kWrongCommandLine : kFailed;
  } catch (const BrokenPipe&) {
    signal = SIGPIPE;
  } catch (const Interrupted& interrupted) {
    signal = interrupted.signal;
  } catch (const std::bad_alloc&) {
    state.console.line("out of memory");
    return kFailed;
  } catch (const std::exception& error) {
    state.console.line(first_line(error.what()));
    return kFailed;
  }
  state.console.clear();
  die_of(signal);
}

}  // namespace

io::Existing Context::existing() const { return state_.common.force ? io::Existing::replace : io::Existing::refuse; }

Progress Context::progress(int64_t total, std::string_view unit) {
  state_.console.start(total, unit);
  return [&console = state_.console](int64_t done) { console.update(done); };
}

Remark Context::remark() {
  if (state_.common.quiet) return [](std::string_view) {};
  return [&console = state_.console](std::string_view line) { console.line(line); };
}

Remark Context::detail() {
  if (!state_.common.verbose || state_.common.quiet) return [](std::string_view) {};
  return [&console = state_.console](std::string_view line) { console.line(line); };
}

io::History Context::history(const io::History& of_inputs, const std::vector<io::InputRecord>& inputs) const {
  if (state_.common.no_history) return {};
  io::History lines = of_inputs;
  const auto records = state_.common.hash_inputs ? with_whole_hashes(inputs, state_.fields) : inputs;
  lines.push_back(io::history_line(state_.program, state_.recorded, records));
  return lines;
}

std::span<const Field> Context::fields() const { return std::span(state_.fields).first(state_.own); }

void Context::finish_on_signal() { defer_first_signal(); }

void Context::print(std::string_view text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) fail_stdout();
}

void Context::verdict_no() { state_.verdict_is_no = true; }

namespace detail {

int run(int argc, char** argv, const Spec& spec, Fields& fields, const std::function<void(Context&)>& body) {
  occupy_standard_streams();
  install_signal_handlers();
  CommonOptions common;
  common.writes = has_output(fields.list());
  Context::State state{.spec = as_called(spec, argc > 0 ? argv[0] : ""),
                       .program = spec.name,
                       .fields = fields.list(),
                       .common = common};
  fields.group("Common options", state.common);
  const std::vector<std::string> words(argv + (argc > 0), argv + argc);
  return guarded(state, [&] { return run_all(state, words, body); });
}

}  // namespace detail

}  // namespace athanor::cli
