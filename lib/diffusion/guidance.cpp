#include "diffusion/guidance.h"

#include <utility>
#include <vector>

namespace athanor::diffusion {

int64_t evaluations_of_guidance(double w) { return w == 0 || w == 1 ? 1 : 2; }

LabelledDenoise guided(LabelledDenoise denoise, double w) {
  if (w == 1) return denoise;
  return [denoise = std::move(denoise), w](const State& x, double sigma, std::span<const int64_t> labels) -> State {
    std::vector<int64_t> both(labels.size(), -1);
    if (w == 0) return denoise(x, sigma, both);
    both.insert(both.end(), labels.begin(), labels.end());
    State twice(2 * x.rows(), x.cols());
    twice << x, x;
    const State D = denoise(twice, sigma, both);
    const auto D_u = D.topRows(x.rows()), D_c = D.bottomRows(x.rows());
    return D_u + w * (D_c - D_u);
  };
}

}  // namespace athanor::diffusion
