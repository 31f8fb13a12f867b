// Which solver, with its options: the registry behind --solver.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/fields.h"
#include "diffusion/dpmpp_2m.h"
#include "diffusion/euler.h"
#include "diffusion/heun.h"
#include "diffusion/ipndm.h"

namespace athanor::diffusion {

/// The options of the "Solver" group.
struct SolverOptions {
  std::string name = "heun";
  Churn churn;
  void fields(Fields& v);
  /// Throws Error{usage}: an unknown solver, churn with a solver that is not stochastic, churn's low above its high.
  void check() const;
};

/// One line of the registry.
struct SolverInfo {
  std::string name;     ///< as in --solver
  std::string same_as;  ///< the solver that this is another name of, or empty
  std::string summary;  ///< one line
  int64_t per_step;     ///< evaluations a step
  int64_t last_step;    ///< evaluations on the step to 0
};
/// Every name that --solver takes.
const std::vector<SolverInfo>& solvers();
/// Throws Error{usage} that lists the names.
const SolverInfo& solver_named(const std::string& name);

/// Evaluations of the denoiser for one image on a grid of `steps` ≥ 1 steps, the last of them to 0.
int64_t evaluations(const SolverOptions& options, int64_t steps);

/// A solver at the start of a path of `steps` steps. Throws as SolverOptions::check.
template <class Array>
std::unique_ptr<Solver<Array>> make_solver(const SolverOptions& options, int64_t steps, StepNoise<Array> noise = {}) {
  options.check();
  const SolverInfo& info = solver_named(options.name);
  const std::string& name = info.same_as.empty() ? info.name : info.same_as;
  if (name == "euler") return std::make_unique<Euler<Array>>();
  if (name == "heun") return std::make_unique<Heun<Array>>(options.churn, steps, std::move(noise));
  if (name == "dpmpp-2m") return std::make_unique<Dpmpp2M<Array>>();
  if (name == "ipndm") return std::make_unique<Ipndm<Array>>();
  fail(ErrorKind::usage, "solver {} has no implementation", name);
}

}  // namespace athanor::diffusion
