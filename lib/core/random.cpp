#include "core/random.h"

#include <bit>
#include <cmath>
#include <numbers>

namespace athanor {

std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> c, std::array<uint32_t, 2> k) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = uint64_t{0xD2511F53} * c[0], p1 = uint64_t{0xCD9E8D57} * c[2];
    c = {uint32_t(p1 >> 32) ^ c[1] ^ k[0], uint32_t(p1), uint32_t(p0 >> 32) ^ c[3] ^ k[1], uint32_t(p0)};
    k[0] += 0x9E3779B9;
    k[1] += 0xBB67AE85;
  }
  return c;
}

Random::Random(uint64_t seed, uint64_t index, Purpose purpose, uint32_t step)
    : key_{uint32_t(seed), uint32_t(seed >> 32)},
      counter_{uint32_t(index), uint32_t(index >> 32), (uint32_t(purpose) << 24) + step, 0} {}

uint32_t Random::bits() {
  if (used_ == 4) {
    words_ = philox4x32(counter_, key_);
    ++counter_[3];
    used_ = 0;
  }
  return words_[size_t(used_++)];
}

double Random::uniform() {
  const uint64_t high = bits(), low = bits();
  return (double((high << 32 | low) >> 11) + 0.5) * 0x1p-53;
}

uint64_t Random::below(uint64_t n) {
  const uint64_t rejected = (0 - n) % n;  // the 2⁶⁴ mod n smallest draws would favour small results
  for (;;) {
    const uint64_t high = bits(), draw = high << 32 | bits();
    if (draw >= rejected) return draw % n;
  }
}

double Random::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const double radius = std::sqrt(-2 * std::log(uniform()));
  const double angle = 2 * std::numbers::pi * uniform();
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

void Random::fill_normal(std::span<double> out) {
  for (double& v : out) v = normal();
}
void Random::fill_normal(std::span<float> out) {
  for (float& v : out) v = float(normal());
}

Permutation::Permutation(uint64_t n, uint64_t seed, uint64_t index, Purpose purpose)
    : n_(n),
      half_bits_(int(std::bit_width(n > 1 ? n - 1 : 1) + 1) / 2),
      key_{uint32_t(seed), uint32_t(seed >> 32)},
      index_(uint32_t(index)),
      purpose_((uint32_t(purpose) << 24) + uint32_t(index >> 32)) {}

uint64_t Permutation::operator[](uint64_t i) const {
  const uint64_t mask = (uint64_t{1} << half_bits_) - 1;
  do {
    uint64_t left = i >> half_bits_, right = i & mask;
    for (uint32_t round = 0; round < 4; ++round) {
      const auto word = philox4x32({uint32_t(right), round, index_, purpose_}, key_);
      const uint64_t mixed = left ^ (word[0] & mask);
      left = right;
      right = mixed;
    }
    i = left << half_bits_ | right;
  } while (i >= n_);
  return i;
}

}  // namespace athanor
