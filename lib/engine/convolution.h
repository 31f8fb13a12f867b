// Convolutions and linear layers, with what is added to them.
#pragma once

#include <functional>

#include "engine/program.h"

namespace athanor::engine {

/// A parameter [out, in, kernel, kernel] or [out, in], in C order, as it stands or as its convolution's gradient takes
/// it.
struct Weight {
  const float* values = nullptr;
  int64_t out = 0, in = 0, kernel = 1;
  bool exchanged = false;  ///< lies [in, out, kernel, kernel]
  bool turned = false;     ///< kernels by 180°

  /// Element t of the kernel from input channel c to output channel j; t counts its rows' elements.
  float at(int64_t j, int64_t c, int64_t t) const {
    const int64_t taps = kernel * kernel, pair = exchanged ? c * out + j : j * in + c;
    return values[pair * taps + (turned ? taps - 1 - t : t)];
  }
};

/// Calls f(begin, end) for parts of [0, n), perhaps on several threads.
using Parallel = std::function<void(int64_t n, const std::function<void(int64_t, int64_t)>& f)>;

/// The rows (or columns) of an input that one of the output sees: those from `first` on beside its own, each with the
/// kernel's rows that are summed there.
struct Window {
  int64_t first = 0;
  std::vector<std::vector<int64_t>> taps;
};
Window window_of(int64_t kernel);
/// Of row 2y + phase, where the input is magnified twice by nearest neighbours and row y of it is the output's own.
Window magnified_window(int64_t kernel, int64_t phase);
/// Of row stride·y + phase of a convolution's input in the convolution's gradient, whose row y is its own.
Window gradient_window(int64_t kernel, int64_t stride, int64_t phase);

/// A part of a weight as Product takes it.
struct Packed {
  std::vector<int64_t> segments;  ///< offsets of the window's rows
  int64_t length = 0;             ///< of a window's row: its pixels' channels
  std::vector<std::byte> panels;
};
/// The channels from `first_channel` on that a plane has.
Packed pack(const Kernels& kernels, const Weight& weight, int64_t first_channel, const Plane& from, const Window& down,
            const Window& across, const Parallel& parallel);

/// Where every `step`-th pixel lies, `height` × `width` of them from (down, across) on.
struct Grid {
  int64_t height = 0, width = 0, step = 1, down = 0, across = 0;
};
std::vector<int64_t> places(const Plane& plane, const Grid& grid);

/// A convolution that is a summand of a step: over the channels of several values one after another (so nothing is
/// concatenated), or over one that is magnified twice by nearest neighbours (so nothing is magnified: the four phases
/// of the output are convolutions of the small image, of 3×3 kernels 2×2 with 2.25 times fewer operations).
struct ConvolutionTerm {
  std::vector<int> inputs;
  Weight weight;
  int64_t stride = 1;
  bool magnified = false;
};

/// out = Σ_terms conv(inputs) + bias + added. `bias` [channels of out]; `added` is a value, or -1. Weights are laid out
/// for the kernels here, once.
std::unique_ptr<Step> convolution(const Program& program, const std::vector<ConvolutionTerm>& terms,
                                  const std::vector<float>& bias, int added, int out, const Parallel& parallel);

}  // namespace athanor::engine
