#include "cli/parser.h"

#include "core/error.h"
#include "io/source.h"
#include "support/catch.h"

namespace athanor::cli {
namespace {

using Words = std::vector<std::string>;

struct Options {
  int64_t count = 16;
  uint64_t seed = 0;
  double rate = 0.5;
  std::string kind = "heun";
  bool fast = false;
  std::optional<double> maybe;
  std::vector<double> pair = {1, 2};
  IndexList classes;
  Shard shard;
  Extent size{28, 28};
  io::Source model;
  io::Sink out{"-"};
  std::vector<io::Source> inputs, extras;
  std::vector<std::string> renames = {"default"};
  std::vector<double> weights;
  CommonOptions common{.writes = true};
  void fields(Fields& v) {
    v.opt("-n,--count", count, "images", at_least(1));
    v.opt("--seed", seed, "seed");
    v.opt("-r,--rate", rate, "rate", between(0, 1));
    v.opt("--kind", kind, "solver", one_of({"heun", "ddim"}));
    v.opt("-f,--fast", fast, "switch");
    v.opt("--maybe", maybe, "number", more_than(0));
    v.opt("--pair", pair, "numbers", at_least(0));
    v.opt("--classes", classes, "classes");
    v.opt("--shard", shard, "part");
    v.opt("--size", size, "extent");
    v.opt("-m,--model", model, "model");
    v.opt("-o,--out", out, "output");
    v.many("--rename", renames, "names");
    v.many("-w,--weight", weights, "weights", at_least(0));
    v.many("--extra", extras, "more inputs");
    v.args("inputs", inputs, "inputs");
    v.group("Common options", common);
  }
};

Words parse_into(Options& options, const Words& words) {
  Fields fields;
  options.fields(fields);
  return parse(fields.list(), options.common, words);
}

std::string refusal_of(const Words& words) {
  Options options;
  try {
    parse_into(options, words);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.what();
  }
  return "accepted";
}

Words record_of(const Words& words) {
  Options options;
  return parse_into(options, words);
}

}  // namespace

TEST_CASE("value: every type of option is read") {
  Options o;
  parse_into(o, {"-n",
                 "4",
                 "--seed=18446744073709551615",
                 "-r0.25",
                 "--kind",
                 "ddim",
                 "-f",
                 "--maybe",
                 "1e-3",
                 "--pair",
                 "0,2.5",
                 "--classes",
                 "0,3-5",
                 "--shard",
                 "2/8",
                 "--size",
                 "32x64",
                 "-m",
                 "m.safetensors",
                 "-o",
                 "x.npy"});
  CHECK(o.count == 4);
  CHECK(o.seed == UINT64_MAX);
  CHECK(o.rate == 0.25);
  CHECK(o.kind == "ddim");
  CHECK(o.fast);
  CHECK(o.maybe == 1e-3);
  CHECK(o.pair == std::vector<double>{0, 2.5});
  CHECK(o.classes.values == std::vector<int64_t>{0, 3, 4, 5});
  CHECK((o.shard.index == 2 && o.shard.count == 8));
  CHECK((o.size.height == 32 && o.size.width == 64));
  CHECK(o.model.path == "m.safetensors");
  CHECK(o.out.path == "x.npy");
}

TEST_CASE("value: what is not given keeps its default") {
  Options o;
  parse_into(o, {});
  CHECK(o.count == 16);
  CHECK_FALSE(o.maybe);
  CHECK(o.out.standard());
  CHECK(o.inputs.empty());
}

TEST_CASE("value: positional arguments stand anywhere, -- ends options, brackets and minus signs are no syntax") {
  Options o;
  parse_into(o, {"a", "-n", "2", "-", "[b]", "-5", "--", "--count"});
  REQUIRE(o.inputs.size() == 5);
  const Words expected = {"a", "-", "[b]", "-5", "--count"};
  for (size_t i = 0; i < 5; ++i) CHECK(o.inputs[i].path == expected[i]);
}

TEST_CASE("value: of an option given twice the last counts") {
  Options o;
  parse_into(o, {"-n", "2", "--count", "3", "-qf", "-f"});
  CHECK(o.count == 3);
  CHECK(o.common.quiet);
  CHECK(o.fast);
}

TEST_CASE("value: of an option that may be repeated each value counts, and commas and brackets are no syntax") {
  Options o;
  parse_into(o, {"--rename", "a,b", "-w", "1", "x", "--rename=[c,d]", "--weight=2.5", "-w0"});
  CHECK(o.renames == Words{"a,b", "[c,d]"});
  CHECK(o.weights == std::vector<double>{1, 2.5, 0});
  CHECK(o.inputs.size() == 1);
  parse_into(o, {});
  CHECK(o.renames == Words{"a,b", "[c,d]"});
  Options untouched;
  parse_into(untouched, {});
  CHECK(untouched.renames == Words{"default"});
  CHECK(untouched.weights.empty());
}

TEST_CASE("refusal: every value of a repeated option keeps the rule") {
  CHECK(refusal_of({"-w", "1", "-w", "-2", "-w", "3"}) == "--weight: must be at least 0, got '-2'");
  CHECK(refusal_of({"-w", "1", "-w", "1,2"}) == "--weight: expected a number, got '1,2'");
  CHECK(refusal_of({"--rename", "a", "--rename"}) == "--rename lacks a value");
  CHECK(refusal_of({"--extra", "a", "--extra", ""}) == "--extra: expected a file, got ''");
}

TEST_CASE("refusal: a value names its option, the rule and what was got") {
  CHECK(refusal_of({"--count", "0"}) == "--count: must be at least 1, got '0'");
  CHECK(refusal_of({"-n", "0"}) == "--count: must be at least 1, got '0'");
  CHECK(refusal_of({"-n", "x"}) == "--count: expected an integer, got 'x'");
  CHECK(refusal_of({"-n", "-f"}) == "--count: expected an integer, got '-f'");
  CHECK(refusal_of({"-r", "2"}) == "--rate: must be 0 to 1, got '2'");
  CHECK(refusal_of({"--kind", "eular"}) == "--kind: must be one of heun, ddim, got 'eular'");
  CHECK(refusal_of({"--maybe", "0"}) == "--maybe: must be more than 0, got '0'");
  CHECK(refusal_of({"--pair", "1,-1"}) == "--pair: must be at least 0, got '1,-1'");
  CHECK(refusal_of({"--shard", "3/2"}) == "--shard: expected a part such as 2/8 (1 to 8 of 8), got '3/2'");
  CHECK(refusal_of({"--out", ""}) == "--out: expected a file, got ''");
}

TEST_CASE("refusal: values that lack and values too many") {
  CHECK(refusal_of({"-n"}) == "-n lacks a value");
  CHECK(refusal_of({"-fn"}) == "-fn lacks a value");
  CHECK(refusal_of({"--count=", "3"}) == "--count lacks a value");
  CHECK(refusal_of({"--fast=1"}) == "--fast takes no value");
}

TEST_CASE("refusal: unknown options, with the nearest known one") {
  CHECK(refusal_of({"--cuont", "3"}) == "unknown option '--cuont' (did you mean '--count'?)");
  CHECK(refusal_of({"--Seed=3"}) == "unknown option '--Seed' (did you mean '--seed'?)");
  CHECK(refusal_of({"--temperature"}) == "unknown option '--temperature' (see --help)");
  CHECK(refusal_of({"-z"}) == "unknown option '-z' (see --help)");
}

TEST_CASE("refusal: arguments that no field takes, and fields that must be given") {
  struct One {
    io::Source input{"-"};
    io::Sink out;
    void fields(Fields& v) {
      v.required("-o,--out", out, "the file to write");
      v.arg("input", input, "input");
    }
  } one;
  Fields fields;
  one.fields(fields);
  const CommonOptions common;
  CHECK_THROWS_WITH(parse(fields.list(), common, Words{"a", "b", "-o", "c"}), "unexpected argument 'b'");
  CHECK_THROWS_WITH(parse(fields.list(), common, Words{"a"}), "--out is required: the file to write");
  CHECK(parse(fields.list(), common, Words{"a", "-o", "c"}) == Words{"a"});
}

TEST_CASE("value: help and version win over whatever else is wrong") {
  Options o;
  parse_into(o, {"--bogus", "--count", "0", "--help"});
  CHECK(o.common.help);
}

TEST_CASE("value: a description is asked for before anything else is looked at, but is no option that one would mean") {
  Options o;
  parse_into(o, {"--bogus", "--count", "0", "--describe=man"});
  CHECK(o.common.describe == "man");
  CHECK(o.common.answers());
  CHECK(refusal_of({"--describe=html"}) ==
        "--describe: must be one of man, markdown, bash, zsh, fish, json, got 'html'");
  CHECK(refusal_of({"--descrbe"}) == "unknown option '--descrbe' (see --help)");
}

TEST_CASE("identity: history records the work, not where and how loudly it is written") {
  const Words plain = record_of({"-n", "4", "in"});
  CHECK(plain == Words{"-n", "4", "in"});
  CHECK(record_of({"--count=4", "in"}) == plain);
  CHECK(record_of({"in", "-qvn4", "--force", "-o", "x.png"}) == plain);
  CHECK(record_of({"--out=-", "-vo", "y", "-n4", "--", "in"}) == plain);
  CHECK(record_of({"-f", "--seed", "1"}) == Words{"-f", "--seed", "1"});
  CHECK(record_of({"--rename=a,b", "x", "--weight", "2", "--rename", "c", "--extra", "folder/y"}) ==
        Words{"--rename", "a,b", "-w", "2", "--rename", "c", "--extra", "y", "x"});
}

TEST_CASE("value: the closest name") {
  const Words known = {"--count", "--seed", "-n"};
  CHECK(closest("--cont", known) == "--count");
  CHECK(closest("--seeds", known) == "--seed");
  CHECK(closest("-x", known).empty());
  CHECK(closest("--abcdef", known).empty());
}

}  // namespace athanor::cli
