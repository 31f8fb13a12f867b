// 3×3 convolutions with fewer multiplications.
#pragma once

#include "engine/convolution.h"

namespace athanor::engine {

/// A convolution of 3×3 kernels, stride 1, by tiles of 2×2 pixels:
///   y = Aᵀ·[(G·g·Gᵀ) ⊙ (Bᵀ·d·B)]·A
/// where d are the 4×4 pixels that a tile of y sees. Between the transforms stand sixteen products over the channels, 4
/// multiplications for a pixel instead of 9. In float32 its error is about that of the sum over nine taps; whatever
/// the activations are stored as, it is computed in float32.
/// Source: Lavin and Gray, "Fast algorithms for convolutional neural networks" (2016), section 4.1, F(2×2, 3×3).
class Winograd {
 public:
  /// Channels of a weight [out, in, 3, 3] from `first_channel` on, as many as the plane has, which meet its pixels.
  struct Input {
    Plane plane;
    Weight weight;
    int64_t first_channel = 0;
  };
  /// Images of one kind in memory; absent without a first.
  struct Stack {
    std::byte* first = nullptr;
    int64_t bytes = 0;  ///< from an image to the next
    Plane plane;
    std::byte* image(int64_t i) const { return first == nullptr ? nullptr : first + i * bytes; }
  };
  /// For at most so many images at a time: the more, the seldomer the weights go by.
  Winograd(const Kernels& kernels, std::span<const Input> inputs, const Plane& to, int64_t images,
           const Parallel& parallel);

  /// float32 elements that run() needs.
  int64_t scratch() const { return 16 * block_ * (channels_ + to_.channels); }
  /// This thread's share of some images: out = Σ conv(x) + bias + added, of which bias [channels] and added may be
  /// absent; added may be out.
  void run(int64_t images, std::span<const Stack> x, const float* bias, const Stack& added, const Stack& out,
           const Share& share, float* scratch) const;

 private:
  const Kernels& kernels_;
  Plane to_;
  int64_t channels_ = 0;  ///< of all inputs
  int64_t across_, tiles_, block_;
  std::vector<int64_t> rows_, outs_;   ///< where a tile of a block lies among the transformed, and among the sums
  std::vector<std::byte> panels_[16];  ///< of each product
  std::vector<float> zeros_;           ///< channels of an input, or of the output in whole panels
};

/// Whether a convolution onto a plane is better computed so: it has as many channels and pixels as make the transforms
/// worth while.
bool suits_winograd(const Kernels& kernels, const Weight& weight, int64_t stride, const Plane& to);
/// out = Σ_terms conv(inputs) + bias + added, of terms that all suit; as convolution().
std::unique_ptr<Step> winograd(const Program& program, const std::vector<ConvolutionTerm>& terms,
                               const std::vector<float>& bias, int added, int out, const Parallel& parallel);

}  // namespace athanor::engine
