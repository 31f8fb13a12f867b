// What every tool is: a declaration, a parser made from it, and one place where errors become exit codes.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/fields.h"
#include "core/work.h"
#include "io/history.h"
#include "io/output.h"

namespace athanor::cli {

/// A tool's page in words.
struct Example {
  std::string command, meaning;
};
struct Spec {
  std::string name;         ///< the program's name
  std::string synopsis;     ///< one line: what it does
  std::string description;  ///< paragraphs
  std::vector<Example> examples = {};
  std::vector<std::string> references = {};
  std::vector<std::string> see_also = {};
  std::string verdict = {};  ///< what exit code 1 means; empty for a tool that checks nothing
};

/// What a run may ask of its surroundings.
class Context {
 public:
  /// Whether outputs may replace files: --force.
  io::Existing existing() const;
  /// A bar on stderr with rate and time left; shown only on a terminal, and only once the work has taken a second.
  Progress progress(int64_t total, std::string_view unit);
  /// A line on stderr, silent under -q.
  Remark remark();
  /// A line on stderr under -v.
  Remark detail();
  /// The history for an output: the inputs' lines, then this run's. Empty under --no-history.
  io::History history(const io::History& of_inputs, const std::vector<io::InputRecord>& inputs) const;
  /// The tool's own options and arguments, with their values.
  std::span<const Field> fields() const;
  /// From now on SIGINT and SIGTERM only set stop_requested(); a second one ends the tool at once.
  void finish_on_signal();
  /// Writes text to standard output, where a tool's product is text. Throws BrokenPipe, Error{io}.
  void print(std::string_view text);
  /// Exit 1 when the run ends well: what the spec's verdict says is so.
  void verdict_no();

  struct State;
  explicit Context(State& state) : state_(state) {}

 private:
  State& state_;
};

namespace detail {
int run(int argc, char** argv, const Spec& spec, Fields& fields, const std::function<void(Context&)>& body);
}

/// Parses, checks inputs and outputs, runs, and turns the outcome into an exit code: 0 done · 1 verdict no · 2 wrong
/// command line · 3 failed · 128 + signal. Errors are one line on stderr, `name: text`.
template <class Args>
int run_tool(int argc, char** argv, const Spec& spec, void (*run)(const Args&, Context&)) {
  Args args;
  Fields fields;
  args.fields(fields);
  return detail::run(argc, argv, spec, fields, [&](Context& context) { run(args, context); });
}

}  // namespace athanor::cli
