#include "array/convert.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "array/blocks.h"
#include "array/clones.h"
#include "core/check.h"

namespace athanor::array {
namespace {

/// The largest number of a floating-point type, and the least magnitude that rounds to something beyond it.
struct FloatLimits {
  double largest, beyond;
};
FloatLimits float_limits(DType dtype) {
  switch (dtype) {
    case DType::f32: return {0x1.fffffep127, 0x1.ffffffp127};
    case DType::bf16: return {0x1.fep127, 0x1.ffp127};
    case DType::f16: return {65504, 65520};
    case DType::f8_e5m2: return {57344, 61440};
    default: return {448, 464.00000000000006};  // f8_e4m3, where the tie at 464 rounds to 448
  }
}

struct IntegerLimits {
  int64_t low;
  uint64_t high;
};
template <class T>
constexpr IntegerLimits limits() {
  return {int64_t(std::numeric_limits<T>::min()), uint64_t(std::numeric_limits<T>::max())};
}
IntegerLimits integer_limits(DType dtype) {
  switch (dtype) {
    case DType::u64: return limits<uint64_t>();
    case DType::i64: return limits<int64_t>();
    case DType::u32: return limits<uint32_t>();
    case DType::i32: return limits<int32_t>();
    case DType::u16: return limits<uint16_t>();
    case DType::i16: return limits<int16_t>();
    case DType::u8: return limits<uint8_t>();
    default: return limits<int8_t>();
  }
}

/// The values that a type takes: low ≤ v ≤ high, and those beyond numbers that it has.
template <class W>
struct Range {
  W low, high;
  bool infinity = false, nan = false;
};
template <class W>
Range<W> range_of(DType to) {
  if constexpr (std::is_floating_point_v<W>) {
    if (is_floating_point(to)) {
      const W beyond = W(float_limits(to).beyond);  // 464⁺ becomes 464 in float32, and is then not beyond
      const W high = double(beyond) < float_limits(to).beyond ? beyond : std::nextafter(beyond, W(0));
      return {-high, high, to != DType::f8_e4m3, true};
    }
    // Truncation takes in what lies less than 1 outside; next to -2⁶³ there is no such float64.
    const IntegerLimits limits = integer_limits(to);
    return {to == DType::i64 ? W(limits.low) : std::nextafter(W(limits.low) - 1, W(0)),
            std::nextafter(W(limits.high) + 1, W(0))};
  } else {
    const IntegerLimits limits = integer_limits(to);
    if constexpr (std::is_signed_v<W>)
      return {limits.low, int64_t(std::min(limits.high, uint64_t(std::numeric_limits<int64_t>::max())))};
    else
      return {0, limits.high};
  }
}

template <class W>
[[gnu::always_inline]] inline size_t count_outside(const W* values, size_t n, W low, W high) {
  uint32_t count = 0;
  for (size_t i = 0; i < n; ++i) count += 1u - (uint32_t(values[i] >= low) & uint32_t(values[i] <= high));
  return count;
}
ATHANOR_CLONES size_t outside(const float* values, size_t n, float low, float high) {
  return count_outside(values, n, low, high);
}
ATHANOR_CLONES size_t outside(const double* values, size_t n, double low, double high) {
  return count_outside(values, n, low, high);
}
ATHANOR_CLONES size_t outside(const int64_t* values, size_t n, int64_t low, int64_t high) {
  return count_outside(values, n, low, high);
}
ATHANOR_CLONES size_t outside(const uint64_t* values, size_t n, uint64_t low, uint64_t high) {
  return count_outside(values, n, low, high);
}

/// The least or the largest number of a type, as its bytes.
void store_bound(DType to, bool low, std::byte* out) {
  const auto put = [&](auto bound) { store(std::span<const decltype(bound)>(&bound, 1), to, out); };
  if (is_floating_point(to))
    put(low ? -float_limits(to).largest : float_limits(to).largest);
  else if (low)
    put(integer_limits(to).low);
  else
    put(integer_limits(to).high);
}

std::string number_text(double value) {
  const bool exact = double(float(value)) == value || std::isnan(value);
  return exact ? fmt::to_string(float(value)) : fmt::to_string(value);
}
template <class W>
std::string value_text(W value) {
  if constexpr (std::is_floating_point_v<W>)
    return number_text(double(value));
  else
    return fmt::to_string(value);
}
std::string bound_text(DType to, bool low) {
  if (is_floating_point(to)) return number_text(low ? -float_limits(to).largest : float_limits(to).largest);
  return low ? fmt::to_string(integer_limits(to).low) : fmt::to_string(integer_limits(to).high);
}

template <class W>
[[noreturn]] void refuse(W value, uint64_t index, DType to, bool low) {
  fail(ErrorKind::data, "element {} is {}, {} than the {} that {} holds; --saturate stores that instead", index,
       value_text(value), low ? "less" : "more", bound_text(to, low), to_text(to));
}

/// One block's way from W to `to`.
template <class W>
class Narrowing {
 public:
  Narrowing(DType to, Overflow overflow)
      : to_(to), overflow_(overflow), checked_(checked(to)), range_(checked_ ? range_of<W>(to) : Range<W>{}) {}
  void operator()(std::span<W> values, std::byte* out, uint64_t first) const {
    const bool odd = checked_ && outside(values.data(), values.size(), range_.low, range_.high) > 0;
    std::array<int8_t, kBlock> side{};
    if (odd) judge(values, side, first);
    store(std::span<const W>(values), to_, out);
    if (odd)
      for (size_t i = 0; i < values.size(); ++i)
        if (side[i] != 0) store_bound(to_, side[i] < 0, out + i * size_of(to_));
  }

 private:
  static bool checked(DType to) {
    return to != DType::boolean && to != DType::f64 && !(std::is_same_v<W, float> && to == DType::f32);
  }
  /// Marks and clears the values that do not fit, or throws.
  void judge(std::span<W> values, std::array<int8_t, kBlock>& side, uint64_t first) const {
    for (size_t i = 0; i < values.size(); ++i) {
      const W value = values[i];
      if (value >= range_.low && value <= range_.high) continue;
      if constexpr (std::is_floating_point_v<W>) {
        if (std::isnan(value) ? range_.nan : std::isinf(value) && range_.infinity) continue;
        if (std::isnan(value)) fail(ErrorKind::data, "element {} is NaN, which {} has not", first + i, to_text(to_));
      }
      side[i] = value < range_.low ? -1 : 1;
      if (overflow_ == Overflow::refuse) refuse(value, first + i, to_, side[i] < 0);
      values[i] = 0;
    }
  }

  DType to_;
  Overflow overflow_;
  bool checked_;
  Range<W> range_;
};

template <class W, class Load>
void cast_blocks(DType from, std::span<const std::byte> in, std::span<std::byte> out, const Narrowing<W>& narrow,
                 DType to, uint64_t first, Load load_block) {
  std::array<W, kBlock> block;
  const size_t count = in.size() / size_of(from);
  for (size_t i = 0; i < count; i += kBlock) {
    const std::span<W> values(block.data(), std::min(kBlock, count - i));
    load_block(from, in.data() + i * size_of(from), values);
    narrow(values, out.data() + i * size_of(to), first + i);
  }
}

}  // namespace

void to_float32(DType dtype, std::span<const std::byte> bytes, std::span<float> out) {
  require(bytes.size() == out.size() * size_of(dtype), "to_float32: {} bytes for {} elements of {}", bytes.size(),
          out.size(), name_of(dtype));
  load(dtype, bytes.data(), out);
}

void from_float32(std::span<const float> values, DType dtype, std::span<std::byte> out) {
  require(out.size() == values.size() * size_of(dtype), "from_float32: {} bytes for {} elements of {}", out.size(),
          values.size(), name_of(dtype));
  require(is_floating_point(dtype), "cannot store float32 values as {}", name_of(dtype));
  store(values, dtype, out.data());
}

void cast(DType from, std::span<const std::byte> in, DType to, std::span<std::byte> out, Overflow overflow,
          uint64_t first) {
  require(in.size() % size_of(from) == 0 && out.size() / size_of(to) == in.size() / size_of(from) &&
              out.size() % size_of(to) == 0,
          "cast: {} bytes of {} into {} bytes of {}", in.size(), to_text(from), out.size(), to_text(to));
  const auto blocks = [&]<class W>(W, auto load_block) {
    cast_blocks(from, in, out, Narrowing<W>(to, overflow), to, first, load_block);
  };
  const auto plain = [](DType dtype, const std::byte* bytes, auto values) { load(dtype, bytes, values); };
  if (from == to && from != DType::boolean) {
    if (!in.empty()) std::memcpy(out.data(), in.data(), in.size());
  } else if (!is_floating_point(from) && !is_floating_point(to)) {
    from == DType::u64 ? blocks(uint64_t{}, plain) : blocks(int64_t{}, plain);
  } else if (fits_float32(from) && is_floating_point(to)) {
    blocks(float{}, plain);
  } else if (to == DType::f64 || is_floating_point(from)) {
    blocks(double{}, plain);
  } else {
    blocks(double{}, load_odd);
  }
}

}  // namespace athanor::array
