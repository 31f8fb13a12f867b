#include "diffusion/guidance.h"

#include <utility>
#include <vector>

namespace athanor::diffusion {

int64_t calls_of_guidance(double w) { return w == 0 || w == 1 ? 1 : 2; }

LabelledDenoise guided(LabelledDenoise denoise, double w) {
  if (w == 1) return denoise;
  return [denoise = std::move(denoise), w](const State& x, double sigma, std::span<const int64_t> labels) -> State {
    const std::vector<int64_t> none(labels.size(), -1);
    const State D_u = denoise(x, sigma, none);
    if (w == 0) return D_u;
    const State D_c = denoise(x, sigma, labels);
    return D_u + w * (D_c - D_u);
  };
}

}  // namespace athanor::diffusion
