#include "core/fields.h"

#include "support/files.h"

namespace athanor {
namespace {

struct Inner {
  double eta = 0.5;
  void fields(Fields& f) { f.opt("--eta", eta, "share of noise", between(0, 1)); }
};
struct Options {
  int64_t count = 16;
  bool quick = false;
  std::string mode = "mean";
  std::vector<double> times = {1, 2};
  Inner inner;
  void fields(Fields& f) {
    f.opt("-n,--count", count, "how many", at_least(1));
    f.opt("--quick", quick, "less work");
    f.opt("--mode", mode, "which", one_of({"mean", "sum"}));
    f.opt("--times", times, "when", more_than(0));
    f.group("Inner", inner);
  }
};

void set(const Field& field, const std::string& word) { field.set(std::vector{word}); }

TEST_CASE("fields: value: one declaration gives names, defaults, groups and setters", "[core]") {
  Options options;
  Fields fields;
  options.fields(fields);
  const std::vector<Field>& list = fields.list();
  REQUIRE(list.size() == 5);
  CHECK(list[0].label() == "--count");
  CHECK(list[0].initial == "16");
  CHECK(list[0].metavar == "INT");
  CHECK(list[1].kind == FieldKind::flag);
  CHECK(list[4].group == "Inner");
  CHECK(list[0].group.empty());
  set(list[0], "3");
  set(list[1], "");
  set(list[3], "0.5,4");
  set(list[4], "1");
  CHECK(options.count == 3);
  CHECK(options.quick);
  CHECK(options.times == std::vector<double>{0.5, 4});
  CHECK(options.inner.eta == 1);
  CHECK(list[0].get() == std::vector<std::string>{"3"});
}

TEST_CASE("fields: refusal of values that break their rule", "[core]") {
  Options options;
  Fields fields;
  options.fields(fields);
  const auto refusal = [&](size_t field, const char* word) {
    const Error error = test::error_of([&] { set(fields.list()[field], word); });
    CHECK(error.kind() == ErrorKind::usage);
    return std::string(error.what());
  };
  CHECK(refusal(0, "0") == "must be at least 1, got '0'");
  CHECK(refusal(2, "median") == "must be one of mean, sum, got 'median'");
  CHECK(refusal(3, "1,0") == "must be more than 0, got '1,0'");
  CHECK(refusal(4, "1.5") == "must be 0 to 1, got '1.5'");
}

}  // namespace
}  // namespace athanor
