#include "cli/describe.h"
#include "support/catch.h"

namespace athanor::cli {
namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("value: text is wrapped by characters, and lines that begin with a space are kept") {
  CHECK(wrap("aa bb cc", 0, 5) == "aa bb\ncc\n");
  CHECK(wrap("aa bb cc", 2, 7) == "  aa bb\n  cc\n");
  CHECK(wrap("σσ σσ", 0, 5) == "σσ σσ\n");
  CHECK(wrap("a\n\n  x   y\nb", 0) == "a\n\n  x   y\nb\n");
  CHECK(wrap("unbreakable", 0, 5) == "unbreakable\n");
}

TEST_CASE("value: an entry says metavar, rule and default, taken from the variable") {
  struct Options {
    int64_t count = 16;
    std::string kind = "heun", out;
    bool fast = false;
    void fields(Fields& v) {
      v.opt("-n,--count", count, "images to draw", at_least(1));
      v.required("--out", out, "where to");
      v.opt("-f,--fast", fast, "hurry");
      v.opt("--a-kind-with-a-long-name", kind, "solver", one_of({"heun", "ddim"}));
    }
  } options;
  Fields fields;
  fields.group("Solver", options);
  const Spec spec{.name = "tool", .synopsis = "do it", .description = "", .examples = {{"tool -n 2", "Do:"}}};
  const std::string page = help_page(page_of(spec, fields.list()));
  CHECK(page.starts_with("tool: do it\n\nUsage: tool [OPTIONS] --out TEXT\n"));
  CHECK(contains(page,
                 "\nSolver:\n"
                 "  -n, --count INT         images to draw (at least 1; default 16)\n"
                 "      --out TEXT          where to (required)\n"
                 "  -f, --fast              hurry\n"
                 "      --a-kind-with-a-long-name TEXT\n"
                 "                          solver (one of heun, ddim; default heun)\n"));
  CHECK(contains(page, "\nExamples:\n  Do:\n      tool -n 2\n\nExit codes:\n  0                       done\n  2  "));
}

}  // namespace athanor::cli
