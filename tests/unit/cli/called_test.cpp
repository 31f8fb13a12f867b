#include "cli/called.h"

#include "support/catch.h"

namespace athanor::cli {
namespace {

const Spec spec{
    .name = "sample",
    .synopsis = "draw a sample",
    .description = "A sample of `sample -n 4` is what `image-grid` shows; `samples` [N,D].",
    .examples = {{"sample -n 4 --sample x | image-grid -o sample.png", "one sample"}, {"(sample)>x; ./sample/y", ""}},
    .references = {"Sample (2022)"},
    .see_also = {"image-grid"}};

}  // namespace

TEST_CASE("value: a prefix stands before all programs that a page speaks of") {
  const Spec called = as_called(spec, "/opt/bin/ath-sample");
  CHECK(called.name == "ath-sample");
  CHECK(called.synopsis == spec.synopsis);
  CHECK(called.description == "A sample of `ath-sample -n 4` is what `ath-image-grid` shows; `samples` [N,D].");
  CHECK(called.examples[0].command == "ath-sample -n 4 --sample x | ath-image-grid -o sample.png");
  CHECK(called.examples[0].meaning == "one sample");
  CHECK(called.examples[1].command == "(ath-sample)>x; ./sample/y");
  CHECK(called.references == spec.references);
  CHECK(called.see_also == std::vector<std::string>{"ath-image-grid"});
}

TEST_CASE("identity: a program under its own name, under another, under none") {
  for (const char* path : {"sample", "./sample", "/bin/ath-sample/sample", "/bin/draw", "sample2", ""}) {
    const Spec called = as_called(spec, path);
    CHECK(called.name == "sample");
    CHECK(called.description == spec.description);
    CHECK(called.examples[0].command == spec.examples[0].command);
    CHECK(called.see_also == spec.see_also);
  }
}

}  // namespace athanor::cli
