#include "diffusion/preconditioning.h"

#include <algorithm>
#include <array>

#include "core/check.h"

namespace athanor::diffusion {
namespace {

constexpr double kTimeUnit = 1000;  ///< c_noise at t = 1, what the embedding's frequencies are made for

}  // namespace

void Parameterisation::check() const {
  static const std::array<std::string, 4> kinds{"edm", "epsilon", "x0", "v"};
  require(std::ranges::find(kinds, kind) != kinds.end(), "parameterisation '{}' is not known, expected {}", kind,
          fmt::join(kinds, ", "));
  const std::vector<std::string> known = path_names();
  require(kind == "edm" || !path.empty(), "parameterisation '{}' needs a path", kind);
  require(kind != "edm" || path.empty(), "parameterisation 'edm' has no path, yet there is '{}'", path);
  require(path.empty() || std::ranges::find(known, path) != known.end(), "path '{}' is not known, expected {}", path,
          fmt::join(known, ", "));
}

Preconditioning precondition(const Parameterisation& p, double sigma) {
  p.check();
  if (p.kind == "edm") return edm_preconditioning(sigma, p.sigma_data);
  const Path& path = path_named(p.path);
  const double alpha = path.alpha(sigma), s = sigma * alpha;
  const bool straight = p.path == "straight";
  const double a = p.kind == "epsilon" ? 1 : p.kind == "x0" ? 0 : straight ? 1 : alpha;
  const double b = p.kind == "epsilon" ? 0 : p.kind == "x0" ? 1 : straight ? -1 : -s;
  const double whole = a * alpha - b * s;
  return {.c_skip = a * alpha / whole, .c_out = -s / whole, .c_in = alpha, .c_noise = kTimeUnit * path.time(sigma)};
}

}  // namespace athanor::diffusion
