#include "diffusion/solver.h"

#include "diffusion/mixture.h"
#include "mixture_path.h"
#include "support/catch.h"
#include "support/files.h"

namespace athanor::diffusion {
namespace {

State solve(const SolverOptions& options, const Grid& grid, const Denoise<State>& denoise, State x,
            StepNoise<State> noise = {}) {
  const auto solver = make_solver<State>(options, steps_of(grid), std::move(noise));
  for (size_t i = 0; i + 1 < grid.size(); ++i) x = solver->step(denoise, x, grid[i], grid[i + 1]);
  return x;
}

Grid edm_grid(int64_t n) { return make_grid({.steps = n}, 0.002, 80, {}); }

}  // namespace

TEST_CASE("law: Gaussian data, whose paths are known") {
  // x(σ) = μ + (x(σ_0) − μ)·√((s² + σ²)/(s² + σ_0²))
  const double mu = 0.4, s = 0.5, x0 = 61;
  const Mixture data = Mixture::isotropic({1}, State::Constant(1, 1, mu), {s});
  const Denoise<State> denoise = [&](const State& x, double sigma) { return data.denoise(x, sigma); };
  const double exact = mu + (x0 - mu) * std::sqrt(s * s / (s * s + 80. * 80));
  for (const SolverInfo& info : solvers()) {
    INFO(info.name);
    double error[2];
    for (const int i : {0, 1}) {
      const State x = solve({.name = info.name}, edm_grid(i == 0 ? 400 : 800), denoise, State::Constant(1, 1, x0));
      error[i] = std::abs(x(0, 0) - exact);
    }
    const bool first_order = info.name == "euler" || info.same_as == "euler";
    CHECK(error[1] < (first_order ? 4e-3 : 2e-5));
    CHECK(error[1] < 0.6 * error[0]);
  }
}

TEST_CASE("limit: where all data are one point every solver arrives there in any number of steps") {
  const Denoise<State> denoise = [](const State& x, double) { return State::Constant(x.rows(), x.cols(), 0.25); };
  for (const SolverInfo& info : solvers())
    for (const int64_t n : {1, 2, 3, 7})
      CHECK(solve({.name = info.name}, edm_grid(n), denoise, State::Constant(1, 2, 80))(0, 1) == 0.25);
}

TEST_CASE("two ways: churn of 0, and churn outside its range, are no churn") {
  const StepNoise<State> never = [](const State&, int64_t) -> State { throw std::logic_error("noise was drawn"); };
  const Grid grid = edm_grid(9);
  const State x = test::scalar(70), plain = solve({.name = "heun"}, grid, test::mixture_denoise(), x);
  CHECK(solve({.name = "heun", .churn = {.amount = 0}}, grid, test::mixture_denoise(), x, never)(0, 0) == plain(0, 0));
  const Churn outside{.amount = 10, .low = 81, .high = 90};
  CHECK(solve({.name = "heun", .churn = outside}, grid, test::mixture_denoise(), x, never)(0, 0) == plain(0, 0));
}

TEST_CASE("value: one churned step, by the algorithm's lines") {
  const auto denoise = test::mixture_denoise();
  const Churn churn{.amount = 1, .low = 0.1, .high = 10, .noise = 1.003};
  Heun<State> heun(churn, 4, [](const State&, int64_t step) { return test::scalar(step == 0 ? -0.7 : 0.2); });
  double x = 1.5;
  State state = test::scalar(x);
  const std::vector<double> sigmas{2, 1, 0.5};
  for (size_t i = 0; i < 2; ++i) {
    const double sigma = sigmas[i], next = sigmas[i + 1], sigma_hat = 1.25 * sigma;  // γ = 1/4
    x += std::sqrt(sigma_hat * sigma_hat - sigma * sigma) * 1.003 * (i == 0 ? -0.7 : 0.2);
    const double d = (x - test::mixture_mean(x, sigma_hat)) / sigma_hat, euler = x + (next - sigma_hat) * d;
    x += (next - sigma_hat) * (d + (euler - test::mixture_mean(euler, next)) / next) / 2;
    state = heun.step(denoise, state, sigma, next);
    CHECK(state(0, 0) == Approx(x).epsilon(1e-14));
  }
}

TEST_CASE("two ways: the first step of every multistep method is Euler's") {
  const auto denoise = test::mixture_denoise();
  const State x = test::scalar(2.7), euler = Euler<State>().step(denoise, x, 3, 1.1);
  CHECK(Dpmpp2M<State>().step(denoise, x, 3, 1.1)(0, 0) == Approx(euler(0, 0)).epsilon(1e-14));
  CHECK(Ipndm<State>().step(denoise, x, 3, 1.1)(0, 0) == Approx(euler(0, 0)).epsilon(1e-14));
}

TEST_CASE("limit: a step to 0 gives the denoised state itself") {
  const auto denoise = test::mixture_denoise();
  for (const SolverInfo& info : solvers()) {
    const auto solver = make_solver<State>({.name = info.name}, 3);
    State x = solver->step(denoise, test::scalar(4), 5, 2);
    x = solver->step(denoise, x, 2, 1);
    CHECK(solver->step(denoise, x, 1, 0)(0, 0) == test::mixture_mean(x(0, 0), 1));
  }
}

TEST_CASE("identity: the evaluations that are counted are those that are made") {
  for (const SolverInfo& info : solvers())
    for (const int64_t n : {1, 2, 18}) {
      int64_t calls = 0;
      const Denoise<State> counted = [&](const State& x, double) {
        ++calls;
        return x;
      };
      solve({.name = info.name}, edm_grid(n), counted, test::scalar(1));
      CHECK(calls == evaluations({.name = info.name}, n));
    }
  CHECK(evaluations({.name = "heun"}, 18) == 35);
  CHECK(evaluations({.name = "ddim"}, 18) == 18);
}

TEST_CASE("refusal: solver options") {
  using athanor::test::error_of;
  CHECK(error_of([] { SolverOptions{.name = "rk45"}.check(); }).kind() == ErrorKind::usage);
  CHECK_THROWS_WITH(SolverOptions{.name = "rk45"}.check(),
                    "there is no solver 'rk45'; choose one of euler, ddim, heun, dpmpp-2m, ipndm");
  CHECK_THROWS_WITH((SolverOptions{.name = "ddim", .churn = {.amount = 1}}.check()),
                    "--churn works with heun, not with ddim");
  CHECK_THROWS_WITH((SolverOptions{.churn = {.amount = 1, .low = 2, .high = 1}}.check()),
                    "--churn-min 2 is above --churn-max 1");
}

}  // namespace athanor::diffusion
