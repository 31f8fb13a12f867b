#include "engine/normalisation.h"

#include <cmath>

namespace athanor::engine {
Moments moments(const Kernels& kernels, std::span<const Source> sources, int64_t groups, double epsilon) {
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
  for (int64_t g = 0; g < groups; ++g) found.inverse.push_back(float(1 / std::sqrt(average(g) + epsilon)));
  return found;
}

void coefficients(const Moments& moments, int64_t channels, const float* weight, const float* bias,
                  const float* scale_shift, float* factors, float* offsets) {
  const int64_t size = moments.mean.empty() ? channels : channels / int64_t(moments.mean.size());
  for (int64_t c = 0; c < channels; ++c) {
    double factor = weight == nullptr ? 1 : double(weight[c]), offset = bias == nullptr ? 0 : double(bias[c]);
    if (!moments.mean.empty()) {
      factor *= double(moments.inverse[size_t(c / size)]);
      offset -= double(moments.mean[size_t(c / size)]) * factor;
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
    for (const int value : {options_.scale_shift.value, options_.gate.value, options_.added})
      if (value >= 0) reads.push_back(value);
    writes = out;
  }

  /// Threads take rows of pixels; the sums before each makes for itself.
  void run(const Frame& frame, const Share& share) const override {
    const Plane& to = frame.plane(writes);
    const auto [first, last] = share.of(to.height);
    for (int64_t image = 0; image < frame.images; ++image) {
      std::vector<Source> sources;
      for (const int input : options_.inputs) sources.push_back({frame.plane(input), frame.data(input, image)});
      float *const scale = frame.scratch, *const shift = scale + to.channels;
      prepare(frame, image, sources, scale, shift);
      if (share.index == 0) frame.clear_halo(writes, image);
      int64_t channel = 0;
      for (const Source& source : sources) {
        Affine affine{.from = source.plane,
                      .to = to,
                      .first = first,
                      .last = last,
                      .x = source.x,
                      .y = frame.data(writes, image, channel),
                      .scale = scale + channel,
                      .shift = shift + channel,
                      .activation = options_.activation};
        if (options_.added >= 0) {
          affine.like = frame.plane(options_.added);
          affine.added = frame.data(options_.added, image, channel);
        }
        if (options_.by_pixels)
          frame.kernels().layer_norm(affine, float(options_.epsilon));
        else
          frame.kernels().affine(affine);
        channel += source.plane.channels;
      }
    }
  }

 private:
  /// What the image, or each pixel's x̂, is multiplied by, and what is added to it.
  void prepare(const Frame& frame, int64_t image, std::span<const Source> sources, float* scale, float* shift) const {
    const int64_t channels = frame.plane(writes).channels;
    float* const room = shift + channels;
    if (options_.gate.given()) {
      std::copy_n(frame.vector(options_.gate, image, room), channels, scale);
      std::fill_n(shift, channels, 0.f);
      return;
    }
    const auto data = [](const std::vector<float>* values) { return values == nullptr ? nullptr : values->data(); };
    coefficients(options_.groups > 0 ? moments(frame.kernels(), sources, options_.groups, options_.epsilon) : Moments{},
                 channels, data(options_.weight), data(options_.bias),
                 options_.scale_shift.given() ? frame.vector(options_.scale_shift, image, room) : nullptr, scale,
                 shift);
  }

  Normalisation options_;
};

}  // namespace

std::unique_ptr<Step> normalisation(const Program& program, Normalisation options, int out) {
  return std::make_unique<NormalisationStep>(program, std::move(options), out);
}

}  // namespace athanor::engine
