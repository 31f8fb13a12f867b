// How fast errors fall with the number of steps, against a solution to thirteen digits.
#include "diffusion/solver.h"
#include "mixture_path.h"
#include "support/catch.h"

namespace athanor::diffusion {
namespace {

using namespace test;

struct Case {
  std::string solver;
  size_t history;               ///< exact steps that a multistep method starts from
  std::vector<double> printed;  ///< errors at n = 10, 40, 160, 320, to the digits given
  double last_digit;            ///< of the coarsest figure, relative
  double order;
};

double error_of(const std::string& name, const Grid& grid, size_t history) {
  const auto solver = make_solver<State>({.name = name}, steps_of(grid));
  return path_error(*solver, grid, history);
}

}  // namespace

TEST_CASE("order, value: errors on a log-uniform grid") {
  const std::vector<Case> cases{{"euler", 0, {2.31e-2, 5.73e-3, 1.43e-3, 7.16e-4}, 4e-3, 1},
                                {"heun", 0, {7.40e-3, 3.92e-4, 2.36e-5, 5.85e-6}, 4e-3, 2},
                                {"dpmpp-2m", 1, {5.08e-3, 2.80e-4, 1.69e-5, 4.21e-6}, 4e-3, 2},
                                {"ipndm", 3, {2.75e-3, 1.08e-4, 6.81e-6, 1.71e-6}, 5e-3, 2}};
  for (const Case& c : cases) {
    INFO(c.solver);
    std::vector<double> errors;
    for (const int64_t n : {10, 40, 160, 320}) errors.push_back(error_of(c.solver, log_uniform(n), c.history));
    for (size_t i = 0; i < errors.size(); ++i) CHECK(errors[i] == Approx(c.printed[i]).epsilon(c.last_digit));
    CHECK(std::log2(errors[2] / errors[3]) == Approx(c.order).margin(0.05));
  }
}

TEST_CASE("order: with their own warm-up the multistep methods stay of second order") {
  for (const std::string solver : {"dpmpp-2m", "ipndm"}) {
    INFO(solver);
    const double coarse = error_of(solver, log_uniform(320), 0), fine = error_of(solver, log_uniform(640), 0);
    CHECK(std::log2(coarse / fine) == Approx(2).margin(0.1));
  }
}

TEST_CASE("order: iPNDM is of fourth order where steps are equal") {
  const double coarse = error_of("ipndm", uniform(640, 1), 3), fine = error_of("ipndm", uniform(1280, 1), 3);
  CHECK(std::log2(coarse / fine) == Approx(4).margin(0.1));
}

}  // namespace athanor::diffusion
