#include "engine/convolution.h"

#include <algorithm>

namespace athanor::engine {

Window window_of(int64_t kernel) {
  Window window{.first = -(kernel - 1) / 2};
  for (int64_t k = 0; k < kernel; ++k) window.taps.push_back({k});
  return window;
}

Window magnified_window(int64_t kernel, int64_t phase) {
  // Row 2y + phase sees rows 2y + phase + k − reach of the magnified image, which are every second time the same row of
  // the small one.
  const int64_t reach = (kernel - 1) / 2;
  const auto row = [&](int64_t k) { return (phase + k - reach + 2 * kernel) / 2 - kernel; };  // ⌊·/2⌋
  Window window{.first = row(0)};
  for (int64_t k = 0; k < kernel; ++k) {
    window.taps.resize(size_t(row(k) - window.first + 1));
    window.taps.back().push_back(k);
  }
  return window;
}

Window gradient_window(int64_t kernel, int64_t stride, int64_t phase) {
  // Row r of the output saw rows stride·r + k − reach.
  const int64_t reach = (kernel - 1) / 2;
  Window window;
  for (int64_t k = kernel - 1; k >= 0; --k) {
    if ((phase + reach - k) % stride != 0) continue;
    if (window.taps.empty()) window.first = (phase + reach - k) / stride;
    window.taps.push_back({k});
  }
  return window;
}

Packed pack(const Kernels& kernels, const Weight& weight, int64_t first_channel, const Plane& from, const Window& down,
            const Window& across, const Parallel& parallel) {
  const int64_t channels = from.channels, columns = kernels.columns;
  const int64_t height = int64_t(down.taps.size()), width = int64_t(across.taps.size());
  Packed packed{.length = width * channels};
  for (int64_t y = 0; y < height; ++y)
    packed.segments.push_back((down.first + y) * from.row() + across.first * channels);
  const int64_t steps = height * packed.length;
  std::vector<float> panels(size_t((weight.out + columns - 1) / columns * steps * columns));
  parallel((weight.out + columns - 1) / columns, [&](int64_t begin, int64_t end) {
    for (int64_t j = begin * columns; j < std::min(end * columns, weight.out); ++j)
      for (int64_t y = 0; y < height; ++y)
        for (int64_t x = 0; x < width; ++x) {
          float* to = panels.data() + (j / columns * steps + (y * width + x) * channels) * columns + j % columns;
          for (const int64_t ky : down.taps[size_t(y)])
            for (const int64_t kx : across.taps[size_t(x)])
              for (int64_t c = 0; c < channels; ++c)
                to[c * columns] += weight.at(j, first_channel + c, ky * weight.kernel + kx);
        }
  });
  if (steps > 0) packed.panels = kernels.pack(panels, packed.length);
  return packed;
}

std::vector<int64_t> places(const Plane& plane, const Grid& grid) {
  std::vector<int64_t> offsets;
  for (int64_t y = 0; y < grid.height; ++y)
    for (int64_t x = 0; x < grid.width; ++x)
      offsets.push_back(plane.at(y * grid.step + grid.down, x * grid.step + grid.across));
  return offsets;
}

namespace {

/// Weights, and where the elements lie that they meet.
struct PackedTerm {
  int input = -1;
  std::vector<int64_t> origins;  ///< [rows]
  Packed weight;
};

/// One product: all pixels of the output, or those of one phase.
struct Part {
  std::vector<PackedTerm> terms;
  std::vector<int64_t> outs, adds;  ///< [rows]
};

/// The same place in each of a micro-batch's images.
std::vector<int64_t> places(const Plane& plane, const Grid& grid, int64_t images) {
  std::vector<int64_t> offsets;
  for (int64_t i = 0; i < images; ++i)
    for (const int64_t place : places(plane, grid)) offsets.push_back(i * plane.elements() + place);
  return offsets;
}

/// All but their data.
std::vector<Term> terms_of(const Part& part) {
  std::vector<Term> terms;
  for (const PackedTerm& t : part.terms)
    terms.push_back({.origins = t.origins.data(),
                     .segments = t.weight.segments,
                     .length = t.weight.length,
                     .panels = t.weight.panels.data()});
  return terms;
}

class Convolution : public Step {
 public:
  Convolution(const Program& program, const std::vector<ConvolutionTerm>& terms, std::vector<float> bias, int added,
              int out, const Parallel& parallel)
      : bias_(std::move(bias)), added_(added) {
    writes = out;
    const Kernels& kernels = *program.kernels;
    const Plane& to = program.values[size_t(out)].plane;
    const bool phased = !terms.empty() && terms.front().magnified;
    const int64_t scale = phased ? 2 : 1;
    for (int64_t phase = 0; phase < scale * scale; ++phase) {
      const int64_t py = phase / scale, px = phase % scale;
      const Grid grid{.height = to.height / scale, .width = to.width / scale, .step = scale, .down = py, .across = px};
      Part& part = parts_.emplace_back();
      part.outs = places(to, grid, program.images);
      if (added >= 0) part.adds = places(program.values[size_t(added)].plane, grid, program.images);
      for (const ConvolutionTerm& term : terms) {
        const int64_t kernel = term.weight.kernel;
        const Window down = phased ? magnified_window(kernel, py) : window_of(kernel);
        const Window across = phased ? magnified_window(kernel, px) : window_of(kernel);
        const Grid seen{.height = grid.height, .width = grid.width, .step = term.stride};
        int64_t channel = 0;
        for (const int input : term.inputs) {
          const Plane& from = program.values[size_t(input)].plane;
          part.terms.push_back({.input = input,
                                .origins = places(from, seen, program.images),
                                .weight = pack(kernels, term.weight, channel, from, down, across, parallel)});
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
                                  const std::vector<float>& bias, int added, int out, const Parallel& parallel) {
  return std::make_unique<Convolution>(program, terms, bias, added, out, parallel);
}

}  // namespace athanor::engine
