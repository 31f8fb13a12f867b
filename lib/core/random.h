// Counter-based random numbers: any number of any stream is reached without drawing those before it.
//
//   Philox4x32-10:  (c0..c3, k0,k1) → four 32-bit words, ten rounds of two 32×32→64 multiplications.
//   key = seed,  counter = (index low, index high, purpose·2²⁴ + step, block)
//
// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
// Accuracy: the words equal Random123's known-answer vectors; normals by Box–Muller in float64.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace athanor {

/// One Philox4x32-10 block.
std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// What a stream of numbers is for. Two purposes never share a number; the values are part of every
/// result and never change.
enum class Purpose : uint8_t {
  initial_noise = 1,   ///< the noise that image i starts from
  churn = 2,           ///< noise added by a stochastic solver, a stream a step
  weight_init = 3,     ///< index = parameter
  data_order = 4,      ///< index = epoch
  training_sigma = 5,  ///< index = image drawn since the start
  training_noise = 6,  ///< index = image drawn since the start
  label_dropout = 7,   ///< index = image drawn since the start
  source_order = 8,    ///< index = epoch of a transfer's source
  projection = 9,      ///< index = direction onto which samples are projected
  resampling = 10,     ///< index = resampled set
  augmentation = 11,   ///< index = image drawn since the start
};

/// The stream (seed, index, purpose, step).
class Random {
 public:
  Random(uint64_t seed, uint64_t index, Purpose purpose, uint32_t step = 0);
  /// 32 uniform bits.
  uint32_t bits();
  /// Uniform in (0, 1), 53 bits; never 0, so that its logarithm is finite.
  double uniform();
  /// Uniform in {0..n-1}, n ≥ 1, without bias.
  uint64_t below(uint64_t n);
  /// Standard normal.
  double normal();
  void fill_normal(std::span<double> out);
  void fill_normal(std::span<float> out);

 private:
  std::array<uint32_t, 2> key_;
  std::array<uint32_t, 4> counter_;
  std::array<uint32_t, 4> words_{};
  int used_ = 4;
  double spare_ = 0;
  bool has_spare_ = false;
};

/// A pseudo-random permutation of {0..n-1} of which any element is computed alone, in constant memory: a
/// four-round Feistel network over the next even power of two, walked until it falls inside
/// (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002).
class Permutation {
 public:
  /// n ≥ 1; the permutation depends on (seed, index, purpose).
  Permutation(uint64_t n, uint64_t seed, uint64_t index, Purpose purpose);
  uint64_t operator[](uint64_t i) const;

 private:
  uint64_t n_;
  int half_bits_;
  std::array<uint32_t, 2> key_;
  uint32_t index_, purpose_;
};

}  // namespace athanor
