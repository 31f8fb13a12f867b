#include "diffusion/grid.h"

#include <cmath>

#include "core/error.h"
#include "support/catch.h"
#include "support/files.h"

namespace athanor::diffusion {
namespace {

Grid grid_of(const GridOptions& options) { return make_grid(options, 0.002, 80, {}); }

}  // namespace

TEST_CASE("value: the published EDM grids") {
  const Grid printed18{80,     57.586, 40.786, 28.375, 19.352,  12.910,  8.4009,  5.3152, 3.2568, 1.9233,
                       1.0882, .58535, .29644, .13952, .059947, .022935, .007528, .002,   0};
  const Grid printed7{80, 30.183, 9.7232, 2.5152, .46998, .051532, .002, 0};
  for (const Grid& printed : {printed18, printed7}) {
    const Grid grid = grid_of({.steps = steps_of(printed)});
    REQUIRE(grid.size() == printed.size());
    for (size_t i = 0; i < grid.size(); ++i) CHECK(grid[i] == Approx(printed[i]).epsilon(7e-5));
  }
}

TEST_CASE("identity: the bounds are met exactly, and 18 steps are the default") {
  const Grid grid = grid_of({});
  CHECK(steps_of(grid) == 18);
  for (const GridOptions& options : {GridOptions{}, GridOptions{.kind = "exponential"}, GridOptions{.steps = 2}}) {
    const Grid levels = make_grid(options, 0.0292, 14.6146, {});
    CHECK(levels.front() == 14.6146);
    CHECK(levels[levels.size() - 2] == 0.0292);
    CHECK(levels.back() == 0);
  }
  CHECK(make_grid({.sigma_min = 0.1, .sigma_max = 3}, 0.002, 80, {}).front() == 3);
}

TEST_CASE("identity: exponential levels have one ratio; rho 1 makes equal steps") {
  const Grid geometric = grid_of({.kind = "exponential", .steps = 5});
  for (size_t i = 1; i < 5; ++i)
    CHECK(geometric[i] / geometric[i - 1] == Approx(std::pow(0.002 / 80, 0.25)).epsilon(1e-13));
  const Grid even = grid_of({.steps = 5, .rho = 1});
  for (size_t i = 1; i < 5; ++i) CHECK(even[i - 1] - even[i] == Approx((80 - 0.002) / 4).epsilon(1e-13));
}

TEST_CASE("limit: one step goes from the highest level to 0") {
  CHECK(grid_of({.steps = 1}) == Grid{80, 0});
  CHECK(grid_of({.kind = "exponential", .steps = 1}) == Grid{80, 0});
}

TEST_CASE("value: levels by hand are used as they are; a missing 0 is added, and said") {
  std::vector<std::string> remarks;
  const Remark remark = [&](std::string_view line) { remarks.emplace_back(line); };
  CHECK(make_grid({.sigmas = {80, 0.1, 0}}, 0.002, 80, remark) == Grid{80, 0.1, 0});
  CHECK(remarks.empty());
  CHECK(make_grid({.sigmas = {10.984, 3.881}}, 0.002, 80, remark) == Grid{10.984, 3.881, 0});
  CHECK(remarks == std::vector<std::string>{"--sigmas does not end in 0: a last step to 0 is added"});
}

TEST_CASE("refusal: grids") {
  const auto text_of = [](const GridOptions& options) {
    const Error error = athanor::test::error_of([&] { grid_of(options); });
    CHECK(error.kind() == ErrorKind::usage);
    return std::string(error.what());
  };
  constexpr double inf = std::numeric_limits<double>::infinity();
  CHECK(text_of({.sigmas = {1, 1}}) == "--sigmas must decrease: 1 does not lie below 1");
  CHECK(text_of({.sigmas = {1, 2}}) == "--sigmas must decrease: 2 does not lie below 1");
  CHECK(text_of({.sigmas = {1, 0, 0}}) == "--sigmas must decrease: 0 does not lie below 0");
  CHECK(text_of({.sigmas = {1, -1}}) == "--sigmas: -1 is not a finite number of at least 0");
  CHECK(text_of({.sigmas = {inf, 1}}) == "--sigmas: inf is not a finite number of at least 0");
  CHECK(text_of({.sigmas = {0}}) == "--sigmas needs a level above 0");
  CHECK(text_of({.steps = 4, .sigmas = {1, 0}}).starts_with("--sigmas says the whole grid"));
  CHECK(text_of({.kind = "exponential", .rho = 7}) == "--rho belongs to the edm grid, not to exponential");
  CHECK(text_of({.sigma_min = 2, .sigma_max = 1}) == "--sigma-min 2 is not below --sigma-max 1");
  CHECK(text_of({.sigma_min = 80}) == "the lowest noise level 80 is not below the highest 80");
  CHECK(text_of({.sigma_max = inf}) == "--sigma-min and --sigma-max must be finite");
  CHECK(text_of({.steps = 1000, .sigma_min = 1, .sigma_max = 1 + 1e-14}) ==
        "1000 steps between 1.00000000000001 and 1 are more than float64 can tell apart");
}

}  // namespace athanor::diffusion
