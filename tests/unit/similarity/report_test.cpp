#include "similarity/report.h"

#include <cmath>

#include "similarity/limits.h"
#include "support/files.h"

namespace athanor::similarity {
namespace {

/// One of which all is known, one of which nothing is.
std::vector<Figure> figures() {
  return {{.measure = "frechet",
           .value = 2,
           .error = 0.5,
           .confidence = Confidence{.error = 0.5, .low = 1, .high = 3},
           .floor = Floor{.value = 0.25, .reference = 6, .samples = 4},
           .reference = 10,
           .samples = 8,
           .features = "values"},
          {.measure = "agreement", .value = 1, .samples = 8, .features = "logits"}};
}

TEST_CASE("report: value: what there is not is a dash or null", "[similarity]") {
  using Table = std::vector<std::vector<std::string>>;
  CHECK(cells(figures(), false) ==
        Table{{"measure", ">value", ">error", ">floor", ">its N", ">N real / samples", "features"},
              {"frechet", "2", "0.5", "0.25", "6 / 4", "10 / 8", "values"},
              {"agreement", "1", "-", "-", "-", "- / 8", "logits"}});
  const Table wide = cells(figures(), true);
  CHECK(wide[0][3] == ">from");
  CHECK(wide[1][3] == "1");
  CHECK(wide[1][4] == "3");
  CHECK(wide[2][3] == "-");
  CHECK(to_json(figures()).dump() ==
        R"([{"measure":"frechet","value":2.0,"error":0.5,"interval":[1.0,3.0],)"
        R"("floor":{"value":0.25,"reference":6,"samples":4},"reference":10,"samples":8,"features":"values"},)"
        R"({"measure":"agreement","value":1.0,"error":null,"interval":null,"floor":null,"reference":null,"samples":8,)"
        R"("features":"logits"}])");
}

TEST_CASE("limits: value: kept, broken, and by NaN never kept", "[similarity]") {
  const auto holds = [](const Limits& limits, double value) {
    std::vector<Figure> all = figures();
    all[0].value = value;
    return limits.hold(all);
  };
  const Limits within{.above = {{"frechet", 2}}, .below = {{"frechet", 1}}};
  for (const double value : {1.0, 1.5, 2.0}) CHECK(holds(within, value));
  for (const double value : {0.5, 2.5, double(NAN)}) CHECK_FALSE(holds(within, value));
  CHECK(holds({}, NAN));
}

TEST_CASE("limits: refusal: words that are no limit, and figures that are not there", "[similarity]") {
  Limit limit;
  from_text("frechet=12.5", limit);
  CHECK(to_text(limit) == "frechet=12.5");
  CHECK_THROWS_WITH(from_text("frechet", limit), "expected MEASURE=VALUE, got 'frechet'");
  CHECK_THROWS_WITH((Limits{.above = {{"kid", 1}}, .below = {}}.check({"frechet", "mmd"})),
                    "there is no figure 'kid' to judge by; --measures gives frechet, mmd");
}

}  // namespace
}  // namespace athanor::similarity
