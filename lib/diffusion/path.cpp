#include "diffusion/path.h"

#include <cmath>
#include <numbers>

#include "core/error.h"

namespace athanor::diffusion {
namespace {

constexpr double kHalfPi = std::numbers::pi / 2;

double straight_sigma(double t) { return t / (1 - t); }
double straight_time(double sigma) { return sigma / (1 + sigma); }
double straight_alpha(double sigma) { return 1 / (1 + sigma); }

double preserved_alpha(double sigma) { return 1 / std::hypot(1, sigma); }

double trigonometric_sigma(double t) { return std::tan(kHalfPi * t); }
double trigonometric_time(double sigma) { return std::atan(sigma) / kHalfPi; }

constexpr double kBetaD = 19.9, kBetaMin = 0.1;
double linear_sigma(double t) { return std::sqrt(std::expm1(t * (kBetaD * t / 2 + kBetaMin))); }
double linear_time(double sigma) {
  // ½·β_d·t² + β_min·t = ln(1 + σ²), solved without the difference of two nearly equal numbers.
  const double y = std::log1p(sigma * sigma);
  return 2 * y / (kBetaMin + std::sqrt(kBetaMin * kBetaMin + 2 * kBetaD * y));
}

constexpr double kOffset = 0.008, kStart = kOffset / (1 + kOffset) * kHalfPi;  // the angle at t = 0
double cosine_sigma(double t) {
  // σ² = (cos²a − cos²b)/cos²b with a the angle at 0 and b at t; cos²a − cos²b = sin(b − a)·sin(b + a).
  const double turned = t / (1 + kOffset) * kHalfPi;
  return std::sqrt(std::sin(turned) * std::sin(turned + 2 * kStart)) / std::cos(turned + kStart);
}
double cosine_time(double sigma) {
  // tan²b = tan²a + σ²/cos²a
  const double angle = std::atan(std::hypot(std::tan(kStart), sigma / std::cos(kStart)));
  return (angle - kStart) * (1 + kOffset) / kHalfPi;
}

std::vector<Path> make_paths() {
  // Those that end in pure noise are followed to λ = ln(α/s) = −5.1, where diffusers clips the cosine schedule too.
  const double far = std::exp(5.1);
  // The straight path is followed from t = 0.001 to 0.999.
  return {{"straight", straight_sigma, straight_time, straight_alpha, 1.0 / 999, 999},
          {"trigonometric", trigonometric_sigma, trigonometric_time, preserved_alpha, trigonometric_sigma(1e-3), far},
          {"vp-linear", linear_sigma, linear_time, preserved_alpha, linear_sigma(1e-3), linear_sigma(1)},
          {"cosine", cosine_sigma, cosine_time, preserved_alpha, cosine_sigma(1e-3), far}};
}

}  // namespace

const std::vector<Path>& paths() {
  static const std::vector<Path> list = make_paths();
  return list;
}

std::vector<std::string> path_names() {
  std::vector<std::string> names;
  for (const Path& path : paths()) names.push_back(path.name);
  return names;
}

const Path& path_named(const std::string& name) {
  for (const Path& path : paths())
    if (path.name == name) return path;
  fail(ErrorKind::usage, "there is no path '{}'; choose one of {}", name, fmt::join(path_names(), ", "));
}

}  // namespace athanor::diffusion
