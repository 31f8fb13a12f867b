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

double number_at(std::span<const std::byte> numbers, size_t place) {
  double number = 0;
  std::memcpy(&number, numbers.data() + place, sizeof number);
  return number;
}

/// The number of this rank, from 0: its key is found sixteen bits at a time, from the highest.
double ranked(std::span<const std::byte> numbers, uint64_t rank) {
  uint64_t prefix = 0;
  std::vector<uint64_t> counts(1 << 16);
  for (int shift = 48; shift >= 0; shift -= 16) {
    std::ranges::fill(counts, 0);
    for (size_t i = 0; i < numbers.size(); i += sizeof(double)) {
      const uint64_t key = key_of(number_at(numbers, i));
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

const io::Input& Quantiles::all() {
  if (!all_) {
    flush();
    all_ = spool_->input("quantiles");
  }
  return *all_;
}

double Quantiles::of(double p) {
  if (count_ == 0) return std::numeric_limits<double>::quiet_NaN();
  const double place = p * double(count_ - 1);
  const auto below = uint64_t(place);
  const double low = ranked(all().mapped(), below);
  if (double(below) == place) return low;
  return low + (ranked(all().mapped(), below + 1) - low) * (place - double(below));
}

Quantiles::Histogram Quantiles::histogram(size_t parts) {
  Histogram found{.counts = std::vector<uint64_t>(parts), .low = of(0), .high = of(1)};
  if (count_ == 0) return found;
  const double scale = found.high > found.low ? double(parts) / (found.high - found.low) : 0;
  const std::span<const std::byte> numbers = all().mapped();
  for (size_t i = 0; i < numbers.size(); i += sizeof(double)) {
    const auto part = size_t((number_at(numbers, i) - found.low) * scale);
    ++found.counts[std::min(part, parts - 1)];
  }
  return found;
}

}  // namespace athanor::cosine
