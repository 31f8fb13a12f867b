#include "diffusion/solver.h"

namespace athanor::diffusion {
namespace {

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const SolverInfo& info : solvers()) all.push_back(info.name);
  return all;
}

}  // namespace

const std::vector<SolverInfo>& solvers() {
  static const std::vector<SolverInfo> list{
      {"euler", "", "first order; the same as DDIM without noise", 1, 1},
      {"ddim", "euler", "another name of euler", 1, 1},
      {"heun", "", "second order, EDM's sampler, with optional churn", 2, 1},
      {"dpmpp-2m", "", "second-order multistep on the denoised image", 1, 1},
      {"ipndm", "", "fourth-order multistep on the slope, for few steps", 1, 1},
  };
  return list;
}

const SolverInfo& solver_named(const std::string& name) {
  for (const SolverInfo& info : solvers())
    if (info.name == name) return info;
  fail(ErrorKind::usage, "there is no solver '{}'; choose one of {}", name, fmt::join(names(), ", "));
}

void SolverOptions::fields(Fields& v) {
  v.opt("--solver", name, "how the path from noise to image is followed", one_of(names()));
  v.opt("--churn", churn.amount, "noise added on the way by heun (EDM's S_churn); 0 is deterministic", at_least(0));
  v.opt("--churn-min", churn.low, "lowest sigma at which noise is added", at_least(0));
  v.opt("--churn-max", churn.high, "highest sigma at which noise is added", at_least(0));
  v.opt("--churn-noise", churn.noise, "standard deviation of the added noise", at_least(0));
}

void SolverOptions::check() const {
  const SolverInfo& info = solver_named(name);
  if (churn.amount > 0 && info.name != "heun") fail(ErrorKind::usage, "--churn works with heun, not with {}", name);
  if (churn.low > churn.high) fail(ErrorKind::usage, "--churn-min {} is above --churn-max {}", churn.low, churn.high);
}

int64_t evaluations(const SolverOptions& options, int64_t steps) {
  const SolverInfo& info = solver_named(options.name);
  return info.per_step * (steps - 1) + info.last_step;
}

}  // namespace athanor::diffusion
