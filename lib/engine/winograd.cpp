#include "engine/winograd.h"

#include <algorithm>
#include <array>

namespace athanor::engine {
namespace {

/// A block's transformed pixels and sums stay in a cache while the weights go by, but the weights are to be worth it.
constexpr int64_t kBlockBytes = 1 << 19, kLeastRows = 16;

/// Outputs whose kernels are transformed together: a loop over them is one of vectors.
constexpr int64_t kTogether = 16;
using Together = std::array<float, kTogether>;

/// G·g, of three elements.
std::array<Together, 4> times_g(const Together& a, const Together& b, const Together& c) {
  std::array<Together, 4> to;
  for (size_t j = 0; j < kTogether; ++j) {
    to[0][j] = a[j];
    to[1][j] = 0.5f * (a[j] + c[j] + b[j]);
    to[2][j] = 0.5f * (a[j] + c[j] - b[j]);
    to[3][j] = c[j];
  }
  return to;
}

/// G·g·Gᵀ of 3×3 kernels.
std::array<Together, 16> transformed(const std::array<Together, 9>& g) {
  std::array<std::array<Together, 4>, 3> columns;
  for (size_t x = 0; x < 3; ++x) columns[x] = times_g(g[x], g[3 + x], g[6 + x]);
  std::array<Together, 16> to;
  for (size_t y = 0; y < 4; ++y)
    std::ranges::copy(times_g(columns[0][y], columns[1][y], columns[2][y]), to.begin() + int64_t(4 * y));
  return to;
}

}  // namespace

Winograd::Winograd(const Kernels& kernels, std::span<const Input> inputs, const Plane& to, int64_t images,
                   const Parallel& parallel)
    : kernels_(kernels), to_(to), across_((to.width + 1) / 2), tiles_((to.height + 1) / 2 * across_) {
  for (const Input& input : inputs) channels_ += input.plane.channels;
  const int64_t width = kernels.columns, panels = (to.channels + width - 1) / width;
  std::vector<float> weights[16];
  for (std::vector<float>& weight : weights) weight.resize(size_t(panels * channels_ * width));
  const auto transform = [&](int64_t first) {
    const int64_t count = std::min(kTogether, to.channels - first);
    int64_t channel = 0;
    for (const Input& input : inputs)
      for (int64_t c = 0; c < input.plane.channels; ++c, ++channel) {
        std::array<Together, 9> g{};
        for (int64_t j = 0; j < count; ++j) {
          for (int64_t t = 0; t < 9; ++t)
            g[size_t(t)][size_t(j)] = input.weight.at(first + j, input.first_channel + c, t);
        }
        const std::array<Together, 16> u = transformed(g);
        for (int64_t j = 0; j < count; j += std::min(width, kTogether)) {
          const int64_t column = first + j, at = (column / width * channels_ + channel) * width + column % width;
          const int64_t n = std::min(width, kTogether);
          for (size_t k = 0; k < 16; ++k) std::copy_n(u[k].begin() + j, n, weights[k].begin() + at);
        }
      }
  };
  // Whole panels each, so that no two threads write to the same.
  const int64_t step = std::max(width, kTogether);
  parallel((to.channels + step - 1) / step, [&](int64_t begin, int64_t end) {
    for (int64_t first = begin * step; first < std::min(end * step, to.channels); first += kTogether) transform(first);
  });
  parallel(16, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) panels_[k] = kernels.pack_transformed(weights[k], channels_);
  });
  block_ = kBlockBytes / (16 * (channels_ + to.channels) * int64_t(sizeof(float)));
  block_ = std::min(images * tiles_, std::max(block_ / kernels.rows, kLeastRows) * kernels.rows);
  for (int64_t i = 0; i < block_; ++i) {
    rows_.push_back(i * channels_);
    outs_.push_back(i * to.channels);
  }
  zeros_.resize(size_t(std::max(channels_, panels * width)));
}

void Winograd::run(int64_t images, std::span<const Stack> x, const float* bias, const Stack& added, const Stack& out,
                   const Share& share, float* scratch) const {
  const auto [begin, end] = share.of(images * tiles_, kernels_.rows);
  float *const pixels = scratch, *const sums = pixels + 16 * block_ * channels_;
  for (int64_t first = begin; first < end; first += block_) {
    const int64_t count = std::min(block_, end - first);
    // The tiles of an image that belong to the block, and which of the block they are.
    const auto for_images = [&](int64_t row, auto f) {
      for (int64_t t = first; t < first + count;) {
        Tiles tiles{.first = t % tiles_, .across = across_, .row = row, .part = count * row};
        tiles.count = std::min(tiles_ - tiles.first, first + count - t);
        f(t / tiles_, tiles, (t - first) * row);
        t += tiles.count;
      }
    };
    for_images(channels_, [&](int64_t image, const Tiles& tiles, int64_t offset) {
      for (const Stack& input : x) {
        kernels_.tiles_in({.tiles = tiles,
                           .from = input.plane,
                           .x = input.image(image),
                           .zeros = zeros_.data(),
                           .to = pixels + offset});
        offset += input.plane.channels;
      }
    });
    const int64_t segment = 0;
    for (int64_t k = 0; k < 16; ++k) {
      const Term term{.data = pixels + k * count * channels_,
                      .origins = rows_.data(),
                      .segments = {&segment, 1},
                      .length = channels_,
                      .panels = panels_[k].data()};
      kernels_.multiply_transformed({.terms = {&term, 1},
                                     .rows = count,
                                     .columns = to_.channels,
                                     .bias = zeros_.data(),
                                     .out = sums + k * count * to_.channels,
                                     .outs = outs_.data()});
    }
    for_images(to_.channels, [&](int64_t image, const Tiles& tiles, int64_t offset) {
      kernels_.tiles_out({.tiles = tiles,
                          .to = to_,
                          .like = added.plane,
                          .sums = sums + offset,
                          .bias = bias,
                          .added = added.image(image),
                          .out = out.image(image)});
    });
  }
}

namespace {

class WinogradStep : public Step {
 public:
  WinogradStep(const Program& program, const std::vector<ConvolutionTerm>& terms, const std::vector<float>& bias,
               int added, int out, const Parallel& parallel)
      : bias_(bias), added_(added), convolution_(made(program, terms, out, parallel)) {
    writes = out;
    scratch = convolution_.scratch();
    if (added >= 0) reads.push_back(added);
  }

  void run(const Frame& frame, const Share& share) const override {
    for (int64_t i = 0; share.index == 0 && i < frame.images; ++i) frame.clear_halo(writes, i);
    const auto stack = [&](int value) {
      const Plane& plane = frame.plane(value);
      return Winograd::Stack{
          .first = frame.data(value), .bytes = plane.elements() * frame.kernels().element, .plane = plane};
    };
    std::vector<Winograd::Stack> x;
    for (const int input : inputs_) x.push_back(stack(input));
    convolution_.run(frame.images, x, bias_.data(), added_ < 0 ? Winograd::Stack{} : stack(added_), stack(writes),
                     share, frame.scratch);
  }

 private:
  Winograd made(const Program& program, const std::vector<ConvolutionTerm>& terms, int out, const Parallel& parallel) {
    std::vector<Winograd::Input> inputs;
    for (const ConvolutionTerm& term : terms) {
      int64_t channel = 0;
      for (const int input : term.inputs) {
        const Plane& plane = program.values[size_t(input)].plane;
        inputs.push_back({.plane = plane, .weight = term.weight, .first_channel = channel});
        channel += plane.channels;
        inputs_.push_back(input);
      }
    }
    reads = inputs_;
    return Winograd(*program.kernels, inputs, program.values[size_t(out)].plane, program.images, parallel);
  }

  std::vector<int> inputs_;
  std::vector<float> bias_;
  int added_;
  Winograd convolution_;
};

}  // namespace

bool suits_winograd(const Kernels& kernels, const Weight& weight, int64_t stride, const Plane& to) {
  return kernels.winograd && weight.kernel == 3 && stride == 1 && weight.in >= 8 && weight.out >= 8 &&
         to.pixels() >= 4 * kernels.rows;
}

std::unique_ptr<Step> winograd(const Program& program, const std::vector<ConvolutionTerm>& terms,
                               const std::vector<float>& bias, int added, int out, const Parallel& parallel) {
  return std::make_unique<WinogradStep>(program, terms, bias, added, out, parallel);
}

}  // namespace athanor::engine
