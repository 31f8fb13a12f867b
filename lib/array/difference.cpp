#include "array/difference.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

#include "array/blocks.h"
#include "array/clones.h"
#include "core/check.h"

namespace athanor::array {
namespace {

static_assert(std::numeric_limits<long double>::digits >= 64, "long double must hold 64-bit integers");

/// What the differences of a block are judged by: |a − b|, |b| and their quotient.
struct Block {
  std::array<double, kBlock> apart, reference, relative;
};

template <class T>
[[gnu::always_inline]] inline uint32_t count_specials(const T* x, size_t n) {
  uint32_t count = 0;
  for (size_t i = 0; i < n; ++i) count += !(x[i] - x[i] == 0);
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

struct Judgement {
  uint64_t different, beyond;
  double absolute, relative;  ///< the largest
  double squares, reference;
};
ATHANOR_CLONES Judgement judge(Block& block, size_t n, double absolute, double relative) {
  const double* apart = block.apart.data();
  const double* reference = block.reference.data();
  uint64_t different = 0, beyond = 0;
  for (size_t i = 0; i < n; ++i) {
    different += apart[i] != 0;
    beyond += !(apart[i] <= absolute + relative * reference[i]);
    const double quotient = apart[i] / reference[i];
    block.relative[i] = reference[i] != 0 ? quotient : 0;
  }
  // Numbers that are not negative are in the order of their bits, which may be compared in any grouping.
  int64_t most = 0, most_relative = 0;
  for (size_t i = 0; i < n; ++i) {
    const auto bits = std::bit_cast<int64_t>(apart[i]), relative_bits = std::bit_cast<int64_t>(block.relative[i]);
    most = bits > most ? bits : most;
    most_relative = relative_bits > most_relative ? relative_bits : most_relative;
  }
  const auto square = [](double v) { return v * v; };
  return {different,
          beyond,
          std::bit_cast<double>(most),
          std::bit_cast<double>(most_relative),
          lane_sum(apart, n, square),
          lane_sum(reference, n, square)};
}

/// The values of a type as whole numbers in the same order: neighbours differ by 1, and −0 is 0.
void order(DType dtype, const std::byte* in, std::span<int64_t> out) {
  if (dtype == DType::u64) {
    load(DType::i64, in, out);
    for (int64_t& code : out) code ^= std::numeric_limits<int64_t>::min();
  } else if (!is_floating_point(dtype)) {
    load(dtype, in, out);
  } else {  // sign and magnitude
    constexpr std::array<DType, 9> kSameSize{{{}, DType::i8, DType::i16, {}, DType::i32, {}, {}, {}, DType::i64}};
    load(kSameSize[size_of(dtype)], in, out);
    const auto mask = int64_t((uint64_t(1) << (8 * size_of(dtype) - 1)) - 1);
    for (int64_t& code : out) code = code < 0 ? -(code & mask) : code;
  }
}

/// The bin of a distance: 0, 1, 2, 3–4, 5–8, ….
size_t bin_of(uint64_t steps) { return steps == 0 ? 0 : size_t(std::bit_width(steps - 1)) + 1; }

/// The first place of a block's largest value, if it exceeds what is known.
template <class T>
void raise(Largest& largest, double value, std::span<const double> values, const T* a, const T* b, uint64_t first) {
  if (!(value > largest.value)) return;
  const auto i = size_t(std::ranges::find(values, value) - values.begin());
  largest = {value, first + i, double(a[i]), double(b[i])};
}

template <class T>
class Comparison {
 public:
  Comparison(Difference& total, const Tolerance& tolerance) : total_(total), tolerance_(tolerance) {}

  /// n elements of two types; the steps between them are counted where `coded`.
  void add(DType a_type, const std::byte* a, DType b_type, const std::byte* b, size_t n, uint64_t first) {
    load_values(a_type, a, {a_.data(), n});
    load_values(b_type, b, {b_.data(), n});
    const bool coded = a_type == b_type;
    if (coded) {
      order(a_type, a, {a_codes_.data(), n});
      order(b_type, b, {b_codes_.data(), n});
    }
    total_.count += n;
    const uint64_t unordered_before = total_.unordered;
    if (specials(a_.data(), n) + specials(b_.data(), n) > 0) settle_specials(n, first);
    if (coded) {
      for (size_t i = 0; i < n; ++i) {
        const int64_t x = a_codes_[i], y = b_codes_[i];
        ++total_.ulps[bin_of(x > y ? uint64_t(x) - uint64_t(y) : uint64_t(y) - uint64_t(x))];
      }
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
      if (a_nan || b_nan) a_codes_[i] = b_codes_[i] = 0;
      a_[i] = b_[i] = 0;
    }
  }
  void measure(size_t n, uint64_t first) {
    subtract(a_.data(), b_.data(), n, block_);
    const Judgement found = judge(block_, n, tolerance_.absolute, tolerance_.relative);
    total_.different += found.different;
    total_.beyond += found.beyond;
    total_.squares.add(found.squares);
    total_.reference.add(found.reference);
    raise(total_.absolute, found.absolute, std::span(block_.apart).first(n), a_.data(), b_.data(), first);
    raise(total_.relative, found.relative, std::span(block_.relative).first(n), a_.data(), b_.data(), first);
  }

  Difference& total_;
  Tolerance tolerance_;
  std::array<T, kBlock> a_, b_;
  std::array<int64_t, kBlock> a_codes_, b_codes_;
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
