#include "engine/normalisation.h"

#include <algorithm>
#include <cmath>

namespace athanor::engine {
namespace {

constexpr double kEpsilon = 1e-5;

class NormalisationStep : public Step {
 public:
  NormalisationStep(Normalisation options, int out) : options_(std::move(options)) {
    reads = options_.inputs;
    if (options_.scale_shift.value >= 0) reads.push_back(options_.scale_shift.value);
    writes = out;
  }

  /// Threads take rows of pixels; the sums before, which cost little, each makes for itself.
  void run(const Frame& frame, const Share& share) const override {
    const Plane& to = frame.plane(writes);
    const auto [first, last] = share.of(to.height);
    for (int64_t image = 0; image < frame.images; ++image) {
      float* scale = frame.scratch;
      float* shift = scale + to.channels;
      coefficients(frame, image, scale, shift);
      if (share.index == 0) clear_halo(to, frame.data(writes, image));
      int64_t channel = 0;
      for (const int input : options_.inputs) {
        const Plane& from = frame.plane(input);
        frame.kernels.affine({.from = from,
                              .to = to,
                              .first = first,
                              .last = last,
                              .x = frame.data(input, image),
                              .y = frame.data(writes, image) + channel,
                              .scale = scale + channel,
                              .shift = shift + channel,
                              .silu = options_.silu});
        channel += from.channels;
      }
    }
  }

 private:
  /// Sums over all pixels for each channel of all inputs, of x or of (x − centre)².
  void sum(const Frame& frame, int64_t image, const float* centre, std::vector<double>& sums) const {
    int64_t channel = 0;
    for (const int input : options_.inputs) {
      frame.kernels.sum(frame.plane(input), frame.data(input, image), centre == nullptr ? nullptr : centre + channel,
                        sums.data() + channel);
      channel += frame.plane(input).channels;
    }
  }

  /// norm(x)·(1 + scale) + shift as one multiplication and one addition for each channel. The variance is of the
  /// distances from the mean: the difference of two large sums would lose its digits.
  void coefficients(const Frame& frame, int64_t image, float* scale, float* shift) const {
    const Plane& to = frame.plane(writes);
    const int64_t channels = to.channels;
    std::fill_n(scale, channels, 1.f);
    std::fill_n(shift, channels, 0.f);
    if (options_.groups > 0) {
      const int64_t group = channels / options_.groups;
      const double count = double(group * to.pixels());
      std::vector<double> sums(static_cast<size_t>(channels));
      std::vector<float> mean(static_cast<size_t>(channels));
      const auto of_group = [&](int64_t g) {
        double total = 0;
        for (int64_t c = g * group; c < (g + 1) * group; ++c) total += sums[size_t(c)];
        return total / count;
      };
      sum(frame, image, nullptr, sums);
      for (int64_t g = 0; g < options_.groups; ++g) std::fill_n(mean.begin() + g * group, group, float(of_group(g)));
      sum(frame, image, mean.data(), sums);
      for (int64_t g = 0; g < options_.groups; ++g) {
        const double inverse = 1 / std::sqrt(of_group(g) + kEpsilon);
        for (int64_t c = g * group; c < (g + 1) * group; ++c) {
          const double factor = inverse * double((*options_.weight)[size_t(c)]);
          scale[c] = float(factor);
          shift[c] = float(double((*options_.bias)[size_t(c)]) - double(mean[size_t(c)]) * factor);
        }
      }
    }
    if (options_.scale_shift.given()) {
      const float* given = frame.vector(options_.scale_shift, image);
      for (int64_t c = 0; c < channels; ++c) {
        scale[c] *= 1 + given[c];
        shift[c] = shift[c] * (1 + given[c]) + given[channels + c];
      }
    }
  }

  Normalisation options_;
};

}  // namespace

std::unique_ptr<Step> normalisation(const Program&, Normalisation options, int out) {
  return std::make_unique<NormalisationStep>(std::move(options), out);
}

}  // namespace athanor::engine
