#include "engine/convolution.h"

namespace athanor::engine {
namespace {

/// Weights in panels, and where the elements lie that they meet.
struct PackedTerm {
  int input = -1;
  std::vector<int64_t> origins;   ///< [rows]
  std::vector<int64_t> segments;  ///< offsets of the window's rows
  int64_t length = 0;             ///< of a window's row: its pixels' channels
  std::vector<std::byte> panels;
};

/// One product: all pixels of the output, or those of one phase.
struct Part {
  std::vector<PackedTerm> terms;
  std::vector<int64_t> outs, adds;  ///< [rows]
};

/// A window's rows and columns as the input has them: [first, first + weights.size()), each with the kernel's rows that
/// are summed there.
struct Taps {
  int64_t first = 0;
  std::vector<std::vector<int64_t>> weights;
};

Taps taps_of(int64_t kernel, bool magnified, int64_t phase) {
  Taps taps{.first = -(kernel - 1) / 2};
  if (!magnified) {
    for (int64_t k = 0; k < kernel; ++k) taps.weights.push_back({k});
    return taps;
  }
  // Row 2y + phase of the magnified image sees rows 2y + phase + k − (kernel−1)/2 of it, which are every second time
  // the same row of the small one.
  const int64_t reach = (kernel - 1) / 2;
  const auto row = [&](int64_t k) { return (phase + k - reach + 2 * kernel) / 2 - kernel; };  // ⌊·/2⌋
  taps.first = row(0);
  for (int64_t k = 0; k < kernel; ++k) {
    taps.weights.resize(size_t(row(k) - taps.first + 1));
    taps.weights.back().push_back(k);
  }
  return taps;
}

/// Panels [panel][window row][its elements][columns] of some of the weight's channels.
std::vector<float> panels_of(const Weight& weight, int64_t first_channel, int64_t channels, const Taps& down,
                             const Taps& across, int64_t columns) {
  const int64_t taps = weight.kernel * weight.kernel, cells = int64_t(across.weights.size());
  const int64_t steps = int64_t(down.weights.size()) * cells * channels;
  std::vector<float> panels(size_t((weight.out + columns - 1) / columns * steps * columns));
  for (int64_t j = 0; j < weight.out; ++j)
    for (int64_t y = 0; y < int64_t(down.weights.size()); ++y)
      for (int64_t x = 0; x < cells; ++x) {
        float* to = panels.data() + (j / columns * steps + (y * cells + x) * channels) * columns + j % columns;
        for (const int64_t ky : down.weights[size_t(y)])
          for (const int64_t kx : across.weights[size_t(x)]) {
            const float* from =
                weight.values->data() + (j * weight.in + first_channel) * taps + ky * weight.kernel + kx;
            for (int64_t c = 0; c < channels; ++c) to[c * columns] += from[c * taps];
          }
      }
  return panels;
}

/// Where pixel (y, x) of a grid of `height` × `width`, every `step`-th of the plane from `phase` on, lies in each
/// image.
std::vector<int64_t> places(const Plane& plane, int64_t images, int64_t height, int64_t width, int64_t step,
                            int64_t down = 0, int64_t across = 0) {
  std::vector<int64_t> offsets;
  for (int64_t i = 0; i < images; ++i)
    for (int64_t y = 0; y < height; ++y)
      for (int64_t x = 0; x < width; ++x)
        offsets.push_back(i * plane.elements() + plane.at(y * step + down, x * step + across));
  return offsets;
}

}  // namespace

std::vector<std::byte> pack(const Weight& weight, const Kernels& kernels) {
  const Taps taps = taps_of(weight.kernel, /*magnified=*/false, 0);
  return kernels.pack(panels_of(weight, 0, weight.in, taps, taps, kernels.columns), weight.kernel * weight.in);
}

namespace {

/// All but their data.
std::vector<Term> terms_of(const Part& part) {
  std::vector<Term> terms;
  for (const PackedTerm& t : part.terms)
    terms.push_back(
        {.origins = t.origins.data(), .segments = t.segments, .length = t.length, .panels = t.panels.data()});
  return terms;
}

class Convolution : public Step {
 public:
  Convolution(const Program& program, const std::vector<ConvolutionTerm>& terms, const std::vector<float>& bias,
              int added, int out)
      : bias_(bias), added_(added) {
    writes = out;
    const Kernels& kernels = *program.kernels;
    const Plane& to = program.values[size_t(out)].plane;
    const bool phased = !terms.empty() && terms.front().magnified;
    const int64_t scale = phased ? 2 : 1;
    for (int64_t phase = 0; phase < scale * scale; ++phase) {
      const int64_t py = phase / scale, px = phase % scale, height = to.height / scale, width = to.width / scale;
      Part& part = parts_.emplace_back();
      part.outs = places(to, program.images, height, width, scale, py, px);
      if (added >= 0)
        part.adds = places(program.values[size_t(added)].plane, program.images, height, width, scale, py, px);
      for (const ConvolutionTerm& term : terms) {
        const Taps down = taps_of(term.weight.kernel, term.magnified, py),
                   across = taps_of(term.weight.kernel, term.magnified, px);
        int64_t channel = 0;
        for (const int input : term.inputs) {
          const Plane& from = program.values[size_t(input)].plane;
          PackedTerm& packed = part.terms.emplace_back();
          packed.input = input;
          packed.origins = places(from, program.images, height, width, term.stride);
          for (size_t k = 0; k < down.weights.size(); ++k)
            packed.segments.push_back((down.first + int64_t(k)) * from.row() + across.first * from.channels);
          packed.length = int64_t(across.weights.size()) * from.channels;
          packed.panels = kernels.pack(panels_of(term.weight, channel, from.channels, down, across, kernels.columns),
                                       packed.length);
          channel += from.channels;
        }
      }
    }
    for (const PackedTerm& term : parts_.front().terms) reads.push_back(term.input);
    if (added >= 0) reads.push_back(added);
    for (const Part& part : parts_) {
      const int64_t bytes = kernels.product_scratch(terms_of(part));
      scratch = std::max(scratch, (bytes + 3) / int64_t(sizeof(float)));
    }
    bias_.resize(size_t((to.channels + kernels.columns - 1) / kernels.columns * kernels.columns));
  }

  void run(const Frame& frame, const Share& share) const override {
    const Plane& to = frame.plane(writes);
    for (int64_t i = 0; share.index == 0 && i < frame.images; ++i) frame.clear_halo(writes, i);
    for (const Part& part : parts_) {
      const int64_t rows = int64_t(part.outs.size()) / frame.program.images * frame.images;
      const auto [first, last] = share.of(rows, frame.kernels().rows);
      std::vector<Term> terms = terms_of(part);
      for (size_t t = 0; t < terms.size(); ++t) {
        terms[t].data = frame.data(part.terms[t].input);
        terms[t].origins += first;
      }
      frame.kernels().multiply({.terms = terms,
                                .rows = last - first,
                                .columns = to.channels,
                                .bias = bias_.data(),
                                .added = added_ < 0 ? nullptr : frame.data(added_),
                                .adds = added_ < 0 ? nullptr : part.adds.data() + first,
                                .out = frame.data(writes),
                                .outs = part.outs.data() + first,
                                .scratch = frame.scratch});
    }
  }

 private:
  std::vector<Part> parts_;
  std::vector<float> bias_;
  int added_;
};

}  // namespace

std::unique_ptr<Step> convolution(const Program& program, const std::vector<ConvolutionTerm>& terms,
                                  const std::vector<float>& bias, int added, int out) {
  return std::make_unique<Convolution>(program, terms, bias, added, out);
}

}  // namespace athanor::engine
