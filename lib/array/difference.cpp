#include "array/difference.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "array/blocks.h"
#include "array/clones.h"
#include "core/check.h"

namespace athanor::array {
namespace {

static_assert(std::numeric_limits<long double>::digits >= 64, "long double must hold 64-bit integers");

/// What the differences of a block are judged by: |a − b| and |b|.
struct Block {
  std::array<double, kBlock> apart, reference;
};

template <class T>
[[gnu::always_inline]] inline uint32_t count_specials(const T* x, size_t n) {
  uint32_t count = 0;
  for (size_t i = 0; i < n; ++i) count += !(x[i] * 0 == 0);
  return count;
}
ATHANOR_CLONES uint32_t specials(const float* x, size_t n) { return count_specials(x, n); }
ATHANOR_CLONES uint32_t specials(const double* x, size_t n) { return count_specials(x, n); }
uint32_t specials(const long double* x, size_t n) { return count_specials(x, n); }

/// float32 is subtracted in float64, the others in their own precision; only equal numbers are 0 apart.
template <class T>
[[gnu::always_inline]] inline void subtract_values(const T* a, const T* b, size_t n, Block& out) {
  using Wide = std::conditional_t<sizeof(T) == 4, double, T>;
  for (size_t i = 0; i < n; ++i) {
    out.apart[i] = double(std::abs(Wide(a[i]) - Wide(b[i])));
    out.reference[i] = double(std::abs(Wide(b[i])));
  }
}
ATHANOR_CLONES void subtract(const float* a, const float* b, size_t n, Block& out) { subtract_values(a, b, n, out); }
ATHANOR_CLONES void subtract(const double* a, const double* b, size_t n, Block& out) { subtract_values(a, b, n, out); }
void subtract(const long double* a, const long double* b, size_t n, Block& out) { subtract_values(a, b, n, out); }

template <class T>
[[gnu::always_inline]] inline double sum_of_squares(const T* x, size_t n) {
  return lane_sum(x, n, [](T v) { return double(v) * double(v); });
}
ATHANOR_CLONES double squares_of(const float* x, size_t n) { return sum_of_squares(x, n); }
ATHANOR_CLONES double squares_of(const double* x, size_t n) { return sum_of_squares(x, n); }

struct Judgement {
  uint64_t different, beyond;
  uint64_t farther, steeper;  ///< places that may exceed the largest differences known
  double squares, reference;
};
/// `farthest` and `steepest` are the largest |a − b| and |a − b|/|b| known. A quotient beyond the latter has
/// |a − b| ≥ steepest·|b| also when the product is rounded, so that only then there is something to divide.
ATHANOR_CLONES Judgement judge(const Block& block, size_t n, double absolute, double relative, double farthest,
                               double steepest) {
  const double* apart = block.apart.data();
  const double* reference = block.reference.data();
  uint64_t different = 0, beyond = 0, farther = 0, steeper = 0;
  for (size_t i = 0; i < n; ++i) {
    const double d = apart[i], r = reference[i];
    const uint64_t differs = d != 0;
    different += differs;
    beyond += differs & uint64_t(!(d <= absolute + relative * r));
    farther += d > farthest;
    steeper += differs & uint64_t(r != 0) & uint64_t(d >= steepest * r);
  }
  return {different, beyond, farther, steeper, sum_of_squares(apart, n), sum_of_squares(reference, n)};
}

/// Sign and magnitude as whole numbers in the same order: neighbours differ by 1, and −0 is 0.
ATHANOR_CLONES void order(int32_t* codes, size_t n, int32_t magnitude) {
  for (size_t i = 0; i < n; ++i) {
    const int32_t sign = codes[i] >> 31;
    codes[i] = ((codes[i] & magnitude) ^ sign) - sign;
  }
}
ATHANOR_CLONES void order(int64_t* codes, size_t n, int64_t magnitude) {
  for (size_t i = 0; i < n; ++i) {
    const int64_t sign = codes[i] >> 63;
    codes[i] = ((codes[i] & magnitude) ^ sign) - sign;
  }
}
/// The values of a type as such numbers.
template <class Code>
void load_codes(DType dtype, const std::byte* in, std::span<Code> out) {
  constexpr Code most = std::numeric_limits<Code>::max(), least = std::numeric_limits<Code>::min();
  if (dtype == DType::u64 || (dtype == DType::u32 && sizeof(Code) == 4)) {
    load(sizeof(Code) == 8 ? DType::i64 : DType::i32, in, out);
    for (Code& code : out) code ^= least;
  } else if (!is_floating_point(dtype)) {
    load(dtype, in, out);
  } else {
    constexpr std::array<DType, 9> kSameSize{{{}, DType::i8, DType::i16, {}, DType::i32, {}, {}, {}, DType::i64}};
    load(kSameSize[size_of(dtype)], in, out);
    order(out.data(), out.size(), Code(most >> 8 * (sizeof(Code) - size_of(dtype))));
  }
}

/// The bin of each distance: 0, 1, 2, 3–4, 5–8, …. Its number is the width of what is one less, which is the exponent
/// of a float; bits are cleared so that none is rounded up to the next.
ATHANOR_CLONES void find_bins(const int32_t* a, const int32_t* b, size_t n, uint8_t* bins) {
  for (size_t i = 0; i < n; ++i) {
    const int32_t high = a[i] > b[i] ? a[i] : b[i], low = a[i] > b[i] ? b[i] : a[i];
    const uint32_t rest = uint32_t(high) - uint32_t(low) - 1;
    const auto bits = std::bit_cast<uint32_t>(float(int32_t(rest & ~(rest >> 1))));
    int32_t exponent = int32_t(bits >> 23);  // of 2³¹ and more, which became negative, above 158
    exponent = exponent < 126 ? 126 : exponent;
    exponent = exponent > 158 ? 158 : exponent;
    bins[i] = uint8_t(high == low ? 0 : exponent - 125);
  }
}
void find_bins(const int64_t* a, const int64_t* b, size_t n, uint8_t* bins) {
  for (size_t i = 0; i < n; ++i) {
    const uint64_t steps = a[i] > b[i] ? uint64_t(a[i]) - uint64_t(b[i]) : uint64_t(b[i]) - uint64_t(a[i]);
    bins[i] = uint8_t(steps == 0 ? 0 : std::bit_width(steps - 1) + 1);
  }
}
template <class Code>
void find_bins(DType dtype, const std::byte* a, const std::byte* b, std::span<uint8_t> bins) {
  std::array<Code, kBlock> a_codes, b_codes;
  load_codes(dtype, a, std::span(a_codes).first(bins.size()));
  load_codes(dtype, b, std::span(b_codes).first(bins.size()));
  find_bins(a_codes.data(), b_codes.data(), bins.size(), bins.data());
}

/// Neighbours often fall into one bin: four counters of each need not wait for one another.
void count_bins(std::span<const uint8_t> bins, std::array<uint64_t, 66>& total) {
  std::array<std::array<uint32_t, 66>, 4> parts{};
  size_t i = 0;
  for (; i + 4 <= bins.size(); i += 4)
    for (size_t k = 0; k < 4; ++k) ++parts[k][bins[i + k]];
  for (; i < bins.size(); ++i) ++parts[0][bins[i]];
  for (const auto& part : parts)
    for (size_t bin = 0; bin < total.size(); ++bin) total[bin] += part[bin];
}

template <class T>
class Comparison {
 public:
  Comparison(Difference& total, const Tolerance& tolerance) : total_(total), tolerance_(tolerance) {}

  /// n elements of two types; the steps between them are counted where the types are equal.
  void add(DType a_type, const std::byte* a, DType b_type, const std::byte* b, size_t n, uint64_t first) {
    const bool coded = a_type == b_type;
    if (coded && std::memcmp(a, b, n * size_of(a_type)) == 0 && add_equal(b_type, b, n)) return;
    load_values(a_type, a, {a_.data(), n});
    load_values(b_type, b, {b_.data(), n});
    const std::span<uint8_t> bins = std::span(bins_).first(n);
    if (coded) size_of(a_type) == 8 ? find_bins<int64_t>(a_type, a, b, bins) : find_bins<int32_t>(a_type, a, b, bins);
    total_.count += n;
    const uint64_t unordered_before = total_.unordered;
    if (specials(a_.data(), n) + specials(b_.data(), n) > 0) settle_specials(n, first);
    if (coded) {
      count_bins(bins, total_.ulps);
      total_.ulps[0] -= total_.unordered - unordered_before;
    }
    measure(n, first);
  }

 private:
  static void load_values(DType dtype, const std::byte* in, std::span<T> out) {
    if constexpr (std::is_same_v<T, long double>)
      load_exact(dtype, in, out);
    else
      load(dtype, in, out);
  }
  static void load_exact(DType dtype, const std::byte* in, std::span<long double> out) {
    const auto by_way_of = [&]<class W>(W) {
      std::array<W, kBlock> values;
      load(dtype, in, std::span(values).first(out.size()));
      std::copy_n(values.begin(), out.size(), out.begin());
    };
    if (dtype == DType::u64)
      by_way_of(uint64_t{});
    else if (dtype == DType::i64)
      by_way_of(int64_t{});
    else
      by_way_of(double{});
  }
  /// Counts the places that hold infinity or NaN, and makes them equal, so that the rest need not look for them.
  void settle_specials(size_t n, uint64_t first) {
    for (size_t i = 0; i < n; ++i) {
      const T a = a_[i], b = b_[i];
      if (std::isfinite(a) && std::isfinite(b)) continue;
      const bool a_nan = std::isnan(a), b_nan = std::isnan(b);
      if (a_nan != b_nan || (!a_nan && a != b)) {
        ++total_.different;
        ++total_.beyond;
      }
      if (a_nan != b_nan)
        ++total_.unordered;
      else if (!a_nan && a != b && !std::isinf(total_.absolute.value))
        total_.absolute = {std::numeric_limits<double>::infinity(), first + i, double(a), double(b)};
      if (a_nan || b_nan) bins_[i] = 0;
      a_[i] = b_[i] = 0;
    }
  }
  /// Equal bytes: only Σ b² grows. Whether all are finite is seen by it; if not, nothing is done.
  bool add_equal(DType dtype, const std::byte* b, size_t n) {
    std::array<std::conditional_t<sizeof(T) == 4, float, double>, kBlock> values;
    load(dtype, b, std::span(values).first(n));
    const double squares = squares_of(values.data(), n);
    if (!std::isfinite(squares)) return false;
    total_.count += n;
    total_.ulps[0] += n;
    total_.reference.add(squares);
    return true;
  }
  void measure(size_t n, uint64_t first) {
    subtract(a_.data(), b_.data(), n, block_);
    const Judgement found =
        judge(block_, n, tolerance_.absolute, tolerance_.relative, total_.absolute.value, total_.relative.value);
    total_.different += found.different;
    total_.beyond += found.beyond;
    total_.squares.add(found.squares);
    total_.reference.add(found.reference);
    const auto raise = [&](Largest& largest, size_t i, double value) {
      if (value > largest.value) largest = {value, first + i, double(a_[i]), double(b_[i])};
    };
    for (size_t i = 0; found.farther > 0 && i < n; ++i) raise(total_.absolute, i, block_.apart[i]);
    for (size_t i = 0; found.steeper > 0 && i < n; ++i)
      if (block_.reference[i] != 0) raise(total_.relative, i, block_.apart[i] / block_.reference[i]);
  }

  Difference& total_;
  Tolerance tolerance_;
  std::array<T, kBlock> a_, b_;
  std::array<uint8_t, kBlock> bins_;
  Block block_;
};

bool is_wide_integer(DType dtype) { return dtype == DType::i64 || dtype == DType::u64; }

}  // namespace

void Largest::merge(const Largest& other) {
  if (other.value > value || (other.value == value && other.index < index)) *this = other;
}

double Difference::relative_rms() const {
  return squares.value() == 0 ? 0 : std::sqrt(squares.value() / reference.value());
}

void Difference::add(DType a_type, std::span<const std::byte> a, DType b_type, std::span<const std::byte> b,
                     const Tolerance& tolerance, uint64_t first) {
  const size_t a_size = size_of(a_type), b_size = size_of(b_type), n = a.size() / a_size;
  require(a.size() % a_size == 0 && b.size() % b_size == 0 && b.size() / b_size == n,
          "difference: {} bytes of {} and {} bytes of {}", a.size(), to_text(a_type), b.size(), to_text(b_type));
  const auto blocks = [&](auto comparison) {
    for (size_t i = 0; i < n; i += kBlock)
      comparison.add(a_type, a.data() + i * a_size, b_type, b.data() + i * b_size, std::min(kBlock, n - i), first + i);
  };
  if (is_wide_integer(a_type) || is_wide_integer(b_type))
    blocks(Comparison<long double>(*this, tolerance));
  else if (fits_float32(a_type) && fits_float32(b_type))
    blocks(Comparison<float>(*this, tolerance));
  else
    blocks(Comparison<double>(*this, tolerance));
}

void Difference::merge(const Difference& other) {
  count += other.count;
  different += other.different;
  beyond += other.beyond;
  unordered += other.unordered;
  absolute.merge(other.absolute);
  relative.merge(other.relative);
  squares.add(other.squares);
  reference.add(other.reference);
  for (size_t i = 0; i < ulps.size(); ++i) ulps[i] += other.ulps[i];
}

}  // namespace athanor::array
