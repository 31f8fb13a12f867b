#include "diffusion/sampler.h"

#include <algorithm>

#include "core/check.h"
#include "core/random.h"

namespace athanor::diffusion {
namespace {

std::span<double> row_of(State& x, Eigen::Index row) { return {x.row(row).data(), size_t(x.cols())}; }

State initial_state(const SampleRequest& request, int64_t first, int64_t n, double sigma_max) {
  State x(n, request.elements);
  for (int64_t row = 0; row < n; ++row) {
    const int64_t i = first + row;
    if (request.noise)
      request.noise(i, row_of(x, row));
    else
      Random(request.seed, uint64_t(i), Purpose::initial_noise).fill_normal(row_of(x, row));
  }
  return sigma_max * x;
}

StepNoise<State> churn_noise(uint64_t seed, int64_t first) {
  return [seed, first](const State& x, int64_t step) {
    State noise(x.rows(), x.cols());
    for (Eigen::Index row = 0; row < x.rows(); ++row)
      Random(seed, uint64_t(first + row), Purpose::churn, uint32_t(step)).fill_normal(row_of(noise, row));
    return noise;
  };
}

}  // namespace

void draw(const SampleRequest& request, const SolverOptions& solver, const Grid& grid, const LabelledDenoise& denoise,
          const RowSink& sink, const StepObserver& observe, const Progress& progress) {
  require(request.batch >= 1 && request.elements >= 1 && request.count >= 0, "sampler: batch {} of {} elements",
          request.batch, request.elements);
  require(request.labels.empty() || int64_t(request.labels.size()) == request.count, "sampler: {} labels for {} images",
          request.labels.size(), request.count);
  std::vector<float> rows;
  for (int64_t row = 0; row < request.count; row += request.batch) {
    const int64_t n = std::min(request.batch, request.count - row), first = request.first + row;
    const auto labels =
        request.labels.empty() ? std::span<const int64_t>{} : std::span(request.labels).subspan(size_t(row), size_t(n));
    const Denoise<State> batch_denoise = [&](const State& x, double sigma) { return denoise(x, sigma, labels); };
    const auto path = make_solver<State>(solver, steps_of(grid), churn_noise(request.seed, first));

    State x = initial_state(request, first, n, grid[0]);
    if (observe) observe(row, 0, x);
    for (int64_t step = 0; step < steps_of(grid); ++step) {
      x = path->step(batch_denoise, x, grid[size_t(step)], grid[size_t(step) + 1]);
      if (observe) observe(row, step + 1, x);
    }
    rows.resize(size_t(x.size()));
    std::ranges::transform(std::span(x.data(), size_t(x.size())), rows.begin(), [](double v) { return float(v); });
    if (sink) sink(rows);
    if (progress) progress(row + n);
  }
}

std::vector<int64_t> deal_labels(const std::vector<int64_t>& choice, int64_t classes, int64_t first, int64_t count) {
  for (const int64_t label : choice)
    require(label >= 0 && label < classes, "label {}: the model has {} classes", label, classes);
  std::vector<int64_t> labels;
  if (classes == 0) return labels;
  for (int64_t i = first; i < first + count; ++i)
    labels.push_back(choice.empty() ? i % classes : choice[size_t(i) % choice.size()]);
  return labels;
}

}  // namespace athanor::diffusion
