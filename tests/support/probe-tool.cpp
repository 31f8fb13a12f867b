// probe-tool: has an option of every type, so that tests can show what every tool does with its command line, its
// files and signals.
#include <csignal>
#include <thread>

#include "cli/tool.h"
#include "core/error.h"
#include "io/input.h"

namespace athanor {

struct LimitOptions {
  double low = 0.5;
  std::vector<double> pair = {1, 2};
  void fields(Fields& v) {
    v.opt("--low", low, "a number", between(0, 1));
    v.opt("--pair", pair, "two numbers", at_least(0));
  }
};

struct Args {
  std::vector<io::Source> inputs;
  io::Source second;
  io::Sink out{"-"};
  int64_t count = 16;
  uint64_t seed = 0;
  std::string deed = "copy";
  std::optional<double> maybe;
  IndexList classes;
  Shard shard;
  Extent size{28, 28};
  bool fast = false;
  std::vector<std::string> notes, deeds, colours;
  LimitOptions limits;
  void fields(Fields& v) {
    v.args("inputs", inputs, "files to read");
    v.opt("--second", second, "another file");
    v.opt("-o,--out", out, "file to write");
    v.opt("-n,--count", count, "a whole number", at_least(1));
    v.opt("--seed", seed, "a natural number");
    v.opt("--deed", deed, "what to do",
          one_of({"copy", "print", "no", "fail", "throw", "wait", "finish", "partial", "flood", "progress"}));
    v.opt("--maybe", maybe, "a number that may be absent", more_than(0));
    v.opt("--classes", classes, "a list");
    v.opt("--shard", shard, "a part");
    v.opt("--size", size, "height and width");
    v.opt("--fast", fast, "a switch");
    v.many("--note", notes, "what's [noted]: a word \"more\" or \\n");
    v.many("--deeds", deeds, "deeds to name", one_of({"copy", "print"}));
    v.opt("--colours", colours, "names of colours", one_of({"red", "green", "blue"}));
    v.group("Limits", limits);
  }
};

const cli::Spec spec{.name = "probe-tool",
                     .synopsis = "show what every tool does",
                     .description =
                         "Copies its inputs, or does as --deed says.\n\n.A dot, 'quotes', \"double\" ones, `code`, "
                         "a \\backslash, σ ≤ 1, a_b*c, <tag>, a|b.\n\n  kept   as it is\n  - a -b",
                     .examples = {{"probe-tool -n 2 digits.txt -o copy.txt", "copy a file"},
                                  {"printf 'a\\n' | probe-tool -n 2 - > copied.txt", "copy a stream"}},
                     .references = {"Nobody, \"Nothing\" (2020)"},
                     .see_also = {"tensor-info"},
                     .verdict = "the deed is no"};

void nap() { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }

/// Writes its inputs after the history line that an output of this run carries.
void copy(const Args& args, cli::Context& context) {
  std::vector<io::Input> inputs;
  std::vector<io::InputRecord> records;
  for (const io::Source& source : args.inputs) {
    inputs.push_back(io::Input::open(source));
    records.push_back({std::string(source.path.substr(source.path.rfind('/') + 1)), 1, "header"});
  }
  io::Output out = io::Output::open(args.out, context.existing());
  for (const std::string& line : context.history({}, records)) out.write(line + "\n");
  std::vector<std::byte> buffer(1 << 16);
  for (io::Input& input : inputs)
    for (size_t n; (n = input.read(buffer)) > 0;) out.write(std::span(buffer).first(n));
  if (args.deed == "partial") {  // a file half written, until a signal comes
    for (;;) nap();
  }
  out.finish();
}

void run(const Args& args, cli::Context& context) {
  context.detail()("a detail");
  if (args.deed == "copy" || args.deed == "partial") return copy(args, context);
  if (args.deed == "print") return context.print("printed\n");
  if (args.deed == "no") return context.verdict_no();
  if (args.deed == "fail") fail(ErrorKind::data, "bad\ndata");
  if (args.deed == "throw") throw std::runtime_error("first line\nsecond line");
  while (args.deed == "flood") context.print(std::string(1000, 'x'));
  if (args.deed == "finish") context.finish_on_signal();
  if (args.deed == "finish" || args.deed == "wait") {
    context.remark()("waiting");
    while (stop_requested() == 0) nap();
    context.remark()("stopped well");
    throw Interrupted{stop_requested()};
  }
  const Progress progress = context.progress(args.count, "steps");
  for (int64_t i = 1; i <= args.count; ++i) {
    nap();
    progress(i);
  }
}

}  // namespace athanor

int main(int argc, char** argv) {
  return athanor::cli::run_tool<athanor::Args>(argc, argv, athanor::spec, athanor::run);
}
