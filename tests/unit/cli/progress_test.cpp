#include "cli/progress.h"

#include "support/catch.h"

namespace athanor::cli {

TEST_CASE("value: durations") {
  CHECK(duration_text(0) == "0s");
  CHECK(duration_text(59.4) == "59s");
  CHECK(duration_text(400) == "6m40s");
  CHECK(duration_text(3 * 3600 + 5 * 60) == "3h05m");
  CHECK(duration_text(52 * 3600) == "2d04h");
  CHECK(duration_text(1e300) == "ages");
}

TEST_CASE("value: the line of progress") {
  const Advance half{.done = 500, .total = 1000, .rate = 125};
  CHECK(progress_line("sample", half, "images", 79) ==
        "sample  [###############---------------]  500/1000 images  125/s  4s left");
  CHECK(progress_line("sample", {.done = 5, .total = 0, .rate = 0}, "images", 79) == "sample  5 images");
  CHECK(progress_line("sample", {.done = 5, .total = 10, .rate = 0}, "images", 30) == "sample  5/10 images");
}

TEST_CASE("limit: the line of progress never wraps") {
  const Advance far{.done = 512, .total = 50000, .rate = 123};
  for (int64_t columns = 0; columns < 120; ++columns)
    CHECK(int64_t(progress_line("diffusion-train", far, "images", columns).size()) <= columns);
}

}  // namespace athanor::cli
