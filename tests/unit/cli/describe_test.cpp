#include "cli/describe.h"

#include <nlohmann/json.hpp>

#include "io/source.h"
#include "support/catch.h"

namespace athanor::cli {
namespace {

struct Options {
  io::Source input{"-"};
  io::Sink out;
  int64_t count = 16;
  std::string kind = "heun";
  std::vector<std::string> colours, notes;
  bool fast = false;
  std::string secret;
  void fields(Fields& v) {
    v.arg("input", input, "what to read");
    v.required("-o,--output", out, "where to");
    v.opt("-n,--count", count, "how many, see --kind", at_least(1));
    v.opt("--kind", kind, "a | b", one_of({"heun", "ddim"}));
    v.opt("--colours", colours, "names", one_of({"red", "green"}));
    v.many("--note", notes, "it's [noted]: a\\b");
    v.opt("--fast", fast, "hurry");
    v.hidden("--secret", secret, "nobody knows");
  }
};

Page page(const Spec& spec) {
  static Options options;
  Fields fields;
  options.fields(fields);
  return page_of(spec, fields.list());
}

Spec spec() {
  return {.name = "my-tool",
          .synopsis = "do it",
          .description = "One.\nTwo \\ `three`.\n\n  kept\n.Four σ",
          .examples = {{"my-tool -n 2 'a\\n'", "with a \"quote\""}},
          .references = {"A paper"},
          .see_also = {"other-tool", "third"}};
}

std::string said(std::string_view form) { return describe(page(spec()), form); }

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("law: no form mentions a hidden option, every form all others") {
  for (const std::string& form : description_forms()) {
    INFO(form);
    const std::string text = said(form);
    CHECK(contains(text, "tool"));
    CHECK_FALSE(contains(text, "secret"));
    for (const std::string name : {"output", "count", "kind", "colours", "note", "fast"}) CHECK(contains(text, name));
    CHECK(text.ends_with('\n'));
  }
}

TEST_CASE("law: exit code 1 is listed for a tool with a verdict only") {
  Spec checking = spec();
  checking.verdict = "the files differ";
  const auto codes = [](const Spec& s) {
    std::vector<std::string> all;
    for (const ExitCode& exit : page(s).exit_codes) all.push_back(exit.code);
    return all;
  };
  CHECK(codes(spec()) == std::vector<std::string>{"0", "2", "3", "128 + N"});
  CHECK(codes(checking) == std::vector<std::string>{"0", "1", "2", "3", "128 + N"});
  CHECK(contains(help_page(page(checking)), "\n  1                       the files differ\n"));
}

TEST_CASE("value: JSON says all that is declared") {
  const auto json = nlohmann::json::parse(said("json"));
  CHECK(json["name"] == "my-tool");
  CHECK(json["usage"] == "my-tool [OPTIONS] -o FILE [INPUT]");
  CHECK(json["description"] == spec().description);
  CHECK(json["examples"][0]["command"] == "my-tool -n 2 'a\\n'");
  CHECK(json["see_also"] == nlohmann::json({"other-tool", "third"}));
  const auto& fields = json["fields"];
  REQUIRE(fields.size() == 7);
  CHECK(fields[0]["positional"] == true);
  CHECK(fields[0]["kind"] == "input");
  CHECK(fields[1]["required"] == true);
  CHECK(fields[1]["default"].is_null());
  CHECK(fields[2]["names"] == nlohmann::json({"-n", "--count"}));
  CHECK(fields[2]["default"] == "16");
  CHECK(fields[2]["rule"] == "at least 1");
  CHECK(fields[3]["choices"] == nlohmann::json({"heun", "ddim"}));
  CHECK((fields[4]["commas"] == true && fields[4]["list"] == false));
  CHECK((fields[5]["commas"] == false && fields[5]["list"] == true));
  CHECK(fields[6]["kind"] == "flag");
}

TEST_CASE("value: a manual page escapes what roff would take for itself") {
  const std::string man = said("man");
  CHECK(man.starts_with(".TH \"MY\\-TOOL\" 1 "));
  CHECK(contains(man, "\n.SH NAME\nmy\\-tool \\- do it\n"));
  CHECK(contains(man, "One.\nTwo \\e \\fBthree\\fR.\n"));
  CHECK(contains(man, "\n.EX\n  kept\n.EE\n"));
  CHECK(contains(man, "\n\\&.Four \\[u03C3]\n"));
  CHECK(contains(man,
                 "\n.TP\n\\fB\\-n\\fR, \\fB\\-\\-count\\fR \\fIINT\\fR\n"
                 "how many, see \\fB\\-\\-kind\\fR (at least 1; default 16)\n"));
  CHECK(contains(man, "\n.EX\nmy\\-tool \\-n 2 \\(aqa\\en\\(aq\n.EE\n"));
  CHECK(contains(man, "\n.BR other\\-tool (1),\n.BR third (1)\n"));
}

TEST_CASE("value: a Markdown page has tables, fenced examples and links") {
  const std::string text = said("markdown");
  CHECK(text.starts_with("# my-tool\n\nDo it.\n"));
  CHECK(contains(text, "\n| `-n`, `--count` INT | how many, see `--kind` | at least 1; default 16 |\n"));
  CHECK(contains(text, "\n| `--kind` TEXT | a \\| b | one of heun, ddim; default heun |\n"));
  CHECK(contains(text, "\n```sh\nmy-tool -n 2 'a\\n'\n```\n"));
  CHECK(contains(text, "\n- [other-tool](other-tool.md)\n"));
}

TEST_CASE("value: runs and paragraphs tell what is to be kept as it stands") {
  std::string literal;
  for (const Run& run : runs_of("a --b-c, (-d) `e f` -1 x-y - z ` q"))
    if (run.literal) literal += "<" + run.text + ">";
  CHECK(literal == "<--b-c><-d><e f>");
  const std::vector<Paragraph> parts = paragraphs_of("a\nb\n\n\nc\n d\n e\nf");
  REQUIRE(parts.size() == 4);
  CHECK(parts[0].text == "a\nb");
  CHECK((parts[2].kept && parts[2].text == " d\n e"));
}

}  // namespace athanor::cli
