#include "cosine/quantiles.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>

namespace athanor::cosine {
namespace {

constexpr size_t kBuffer = 1 << 12;

/// Whole numbers in the order of the numbers.
uint64_t key_of(double number) {
  const auto bits = std::bit_cast<uint64_t>(number);
  return bits >> 63 ? ~bits : bits | uint64_t{1} << 63;
}
double number_of(uint64_t key) { return std::bit_cast<double>(key >> 63 ? key & ~(uint64_t{1} << 63) : ~key); }

/// The number of this rank, from 0: its key is found sixteen bits at a time, from the highest.
double ranked(std::span<const std::byte> numbers, uint64_t rank) {
  uint64_t prefix = 0;
  std::vector<uint64_t> counts(1 << 16);
  for (int shift = 48; shift >= 0; shift -= 16) {
    std::ranges::fill(counts, 0);
    for (size_t i = 0; i < numbers.size(); i += sizeof(double)) {
      double number = 0;
      std::memcpy(&number, numbers.data() + i, sizeof number);
      const uint64_t key = key_of(number);
      if (shift == 48 || key >> (shift + 16) == prefix) ++counts[key >> shift & 0xffff];
    }
    uint64_t digit = 0;
    while (rank >= counts[digit]) rank -= counts[digit++];
    prefix = prefix << 16 | digit;
  }
  return number_of(prefix);
}

}  // namespace

void Quantiles::add(double number) {
  waiting_.push_back(number);
  ++count_;
  if (waiting_.size() == kBuffer) flush();
}

void Quantiles::flush() {
  spool_->write(std::as_bytes(std::span(waiting_)));
  waiting_.clear();
}

double Quantiles::of(double p) {
  if (count_ == 0) return std::numeric_limits<double>::quiet_NaN();
  if (!all_) {
    flush();
    all_ = spool_->input("quantiles");
  }
  const double place = p * double(count_ - 1);
  const auto below = uint64_t(place);
  const double low = ranked(all_->mapped(), below);
  if (double(below) == place) return low;
  return low + (ranked(all_->mapped(), below + 1) - low) * (place - double(below));
}

}  // namespace athanor::cosine
