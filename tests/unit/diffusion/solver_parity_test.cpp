// The same paths as a public implementation's: tests/data/solvers, made by scripts/fixtures/solvers.py.
#include <cstring>

#include "diffusion/solver.h"
#include "io/tensor_reader.h"
#include "mixture_path.h"
#include "support/catch.h"

namespace athanor::diffusion {
namespace {

/// edm18.npy: [3,8].
State fixture() {
  io::TensorReader file = io::TensorReader::open(io::Source{ATHANOR_TEST_DATA "/solvers/edm18.npy"});
  const std::vector<std::byte> bytes = file.read(file.layout().tensors[0]);
  State values(3, 8);
  REQUIRE(bytes.size() == size_t(values.size()) * sizeof(double));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

State solve(const std::string& name, const State& start) {
  const Grid grid = make_grid({.kind = "edm"}, 0.002, 80, {});
  const auto solver = make_solver<State>({.name = name}, steps_of(grid));
  const Denoise<State> denoise = [](const State& x, double sigma) {
    return State(x.unaryExpr([sigma](double v) { return test::mixture_mean(v, sigma); }));
  };
  State x = start;
  for (size_t i = 0; i + 1 < grid.size(); ++i) x = solver->step(denoise, x, grid[i], grid[i + 1]);
  return x;
}

}  // namespace

// The schedulers keep their noise levels and states in float32: 80·2⁻²⁴ = 5e-6 of rounding a step, most of which the
// path contracts.
TEST_CASE("reference: euler is diffusers' EDMEulerScheduler") {
  const State values = fixture();
  CHECK((solve("euler", values.row(0)) - values.row(1)).abs().maxCoeff() < 1e-5);
}

TEST_CASE("reference: dpmpp-2m is diffusers' EDMDPMSolverMultistepScheduler") {
  const State values = fixture();
  CHECK((solve("dpmpp-2m", values.row(0)) - values.row(2)).abs().maxCoeff() < 1e-5);
}

}  // namespace athanor::diffusion
