#include "engine/normalisation.h"

#include <cmath>

namespace athanor::engine {

Moments moments(const Kernels& kernels, std::span<const Source> sources, int64_t groups) {
  int64_t channels = 0;
  for (const Source& source : sources) channels += source.plane.channels;
  std::vector<double> sums(static_cast<size_t>(channels));
  const auto sum = [&](const float* centre) {
    int64_t channel = 0;
    for (const Source& source : sources) {
      kernels.sum(source.plane, source.x, centre == nullptr ? nullptr : centre + channel, sums.data() + channel);
      channel += source.plane.channels;
    }
  };
  const int64_t size = channels / groups;
  const auto average = [&](int64_t group) {
    double total = 0;
    for (int64_t c = group * size; c < (group + 1) * size; ++c) total += sums[size_t(c)];
    return total / double(size * sources.front().plane.pixels());
  };

  Moments found;
  std::vector<float> centre;
  sum(nullptr);
  for (int64_t g = 0; g < groups; ++g) {
    found.mean.push_back(float(average(g)));
    centre.insert(centre.end(), size_t(size), found.mean.back());
  }
  // Of the distances from the mean: the difference of two large sums would lose its digits.
  sum(centre.data());
  for (int64_t g = 0; g < groups; ++g) found.inverse.push_back(float(1 / std::sqrt(average(g) + kEpsilon)));
  return found;
}

void coefficients(const Moments& moments, int64_t channels, const float* weight, const float* bias,
                  const float* scale_shift, float* factors, float* offsets) {
  const int64_t size = moments.mean.empty() ? channels : channels / int64_t(moments.mean.size());
  for (int64_t c = 0; c < channels; ++c) {
    double factor = 1, offset = 0;
    if (!moments.mean.empty()) {
      factor = double(moments.inverse[size_t(c / size)]) * double(weight[c]);
      offset = double(bias[c]) - double(moments.mean[size_t(c / size)]) * factor;
    }
    if (scale_shift != nullptr) {
      factor *= 1 + double(scale_shift[c]);
      offset = offset * (1 + double(scale_shift[c])) + double(scale_shift[channels + c]);
    }
    factors[c] = float(factor);
    offsets[c] = float(offset);
  }
}

namespace {

class NormalisationStep : public Step {
 public:
  NormalisationStep(const Program& program, Normalisation options, int out) : options_(std::move(options)) {
    scratch = 4 * program.values[size_t(out)].plane.channels;
    reads = options_.inputs;
    if (options_.scale_shift.value >= 0) reads.push_back(options_.scale_shift.value);
    writes = out;
  }

  /// Threads take rows of pixels; the sums before, which cost little, each makes for itself.
  void run(const Frame& frame, const Share& share) const override {
    const Plane& to = frame.plane(writes);
    const auto [first, last] = share.of(to.height);
    for (int64_t image = 0; image < frame.images; ++image) {
      std::vector<Source> sources;
      for (const int input : options_.inputs) sources.push_back({frame.plane(input), frame.data(input, image)});
      float* scale = frame.scratch;
      float *shift = scale + to.channels, *room = shift + to.channels;
      const bool normalised = options_.groups > 0;
      coefficients(normalised ? moments(frame.kernels(), sources, options_.groups) : Moments{}, to.channels,
                   normalised ? options_.weight->data() : nullptr, normalised ? options_.bias->data() : nullptr,
                   options_.scale_shift.given() ? frame.vector(options_.scale_shift, image, room) : nullptr, scale,
                   shift);
      if (share.index == 0) frame.clear_halo(writes, image);
      int64_t channel = 0;
      for (const Source& source : sources) {
        frame.kernels().affine({.from = source.plane,
                                .to = to,
                                .first = first,
                                .last = last,
                                .x = source.x,
                                .y = frame.data(writes, image, channel),
                                .scale = scale + channel,
                                .shift = shift + channel,
                                .silu = options_.silu});
        channel += source.plane.channels;
      }
    }
  }

 private:
  Normalisation options_;
};

}  // namespace

std::unique_ptr<Step> normalisation(const Program& program, Normalisation options, int out) {
  return std::make_unique<NormalisationStep>(program, std::move(options), out);
}

}  // namespace athanor::engine
