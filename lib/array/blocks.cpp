#include "array/blocks.h"

#include <cstring>
#include <type_traits>

#include "array/clones.h"
#include "array/floats.h"

namespace athanor::array {
namespace {

template <class T, class W, class Widen>
[[gnu::always_inline]] inline void load_each(const std::byte* __restrict in, size_t n, W* __restrict out, Widen widen) {
  for (size_t i = 0; i < n; ++i) {
    T value;
    std::memcpy(&value, in + i * sizeof(T), sizeof(T));
    out[i] = W(widen(value));
  }
}

template <class W>
[[gnu::always_inline]] inline void load_as(DType dtype, const std::byte* __restrict in, size_t n, W* __restrict out) {
  const auto same = [](auto v) { return W(v); };
  switch (dtype) {
    case DType::u64: return load_each<uint64_t>(in, n, out, same);
    case DType::i64: return load_each<int64_t>(in, n, out, same);
    case DType::u32: return load_each<uint32_t>(in, n, out, same);
    case DType::i32: return load_each<int32_t>(in, n, out, same);
    case DType::u16: return load_each<uint16_t>(in, n, out, same);
    case DType::i16: return load_each<int16_t>(in, n, out, same);
    case DType::i8: return load_each<int8_t>(in, n, out, same);
    case DType::u8: return load_each<uint8_t>(in, n, out, same);
    case DType::boolean: return load_each<uint8_t>(in, n, out, [](uint8_t v) { return v != 0; });
    default: break;
  }
  if constexpr (std::is_floating_point_v<W>) switch (dtype) {
      case DType::f64: return load_each<double>(in, n, out, same);
      case DType::f32: return load_each<float>(in, n, out, same);
      case DType::bf16: return load_each<uint16_t>(in, n, out, bf16_to_f32);
      case DType::f16: return load_each<uint16_t>(in, n, out, f16_to_f32);
      case DType::f8_e4m3: return load_each<uint8_t>(in, n, out, f8_e4m3_to_f32);
      case DType::f8_e5m2: return load_each<uint8_t>(in, n, out, f8_e5m2_to_f32);
      default: break;
    }
}

template <class T, class W, class Narrow>
[[gnu::always_inline]] inline void store_each(const W* __restrict in, size_t n, std::byte* __restrict out,
                                              Narrow narrow) {
  for (size_t i = 0; i < n; ++i) {
    const T value = T(narrow(in[i]));
    std::memcpy(out + i * sizeof(T), &value, sizeof(T));
  }
}

/// A value as the float32 that narrows to the small types as the value itself would.
inline float narrowable(float value) { return value; }
inline float narrowable(double value) { return f64_to_odd_f32(value); }

template <class W>
[[gnu::always_inline]] inline void store_float(DType dtype, const W* __restrict in, size_t n,
                                               std::byte* __restrict out) {
  switch (dtype) {
    case DType::f64: return store_each<double>(in, n, out, [](W v) { return double(v); });
    case DType::f32: return store_each<float>(in, n, out, [](W v) { return float(v); });
    case DType::bf16: return store_each<uint16_t>(in, n, out, [](W v) { return f32_to_bf16(narrowable(v)); });
    case DType::f16: return store_each<uint16_t>(in, n, out, [](W v) { return f32_to_f16(narrowable(v)); });
    case DType::f8_e4m3: return store_each<uint8_t>(in, n, out, [](W v) { return f32_to_f8_e4m3(narrowable(v)); });
    case DType::f8_e5m2: return store_each<uint8_t>(in, n, out, [](W v) { return f32_to_f8_e5m2(narrowable(v)); });
    case DType::boolean: return store_each<uint8_t>(in, n, out, [](W v) { return v != 0; });
    default: break;
  }
}

template <class W>
[[gnu::always_inline]] inline void store_integer(DType dtype, const W* __restrict in, size_t n,
                                                 std::byte* __restrict out) {
  switch (dtype) {
    case DType::u64: return store_each<uint64_t>(in, n, out, [](W v) { return uint64_t(v); });
    case DType::i64: return store_each<int64_t>(in, n, out, [](W v) { return int64_t(v); });
    case DType::u32: return store_each<uint32_t>(in, n, out, [](W v) { return uint32_t(v); });
    case DType::i32: return store_each<int32_t>(in, n, out, [](W v) { return int32_t(v); });
    case DType::u16: return store_each<uint16_t>(in, n, out, [](W v) { return uint16_t(int32_t(v)); });
    case DType::i16: return store_each<int16_t>(in, n, out, [](W v) { return int16_t(int32_t(v)); });
    case DType::i8: return store_each<int8_t>(in, n, out, [](W v) { return int8_t(int32_t(v)); });
    case DType::u8: return store_each<uint8_t>(in, n, out, [](W v) { return uint8_t(int32_t(v)); });
    case DType::boolean: return store_each<uint8_t>(in, n, out, [](W v) { return v != 0; });
    default: break;
  }
}

ATHANOR_CLONES void load_floats(DType dtype, const std::byte* in, size_t n, float* out) { load_as(dtype, in, n, out); }
ATHANOR_CLONES void load_doubles(DType dtype, const std::byte* in, size_t n, double* out) {
  load_as(dtype, in, n, out);
}
ATHANOR_CLONES void load_short(DType dtype, const std::byte* in, size_t n, int32_t* out) { load_as(dtype, in, n, out); }
ATHANOR_CLONES void load_signed(DType dtype, const std::byte* in, size_t n, int64_t* out) {
  load_as(dtype, in, n, out);
}
ATHANOR_CLONES void load_unsigned(DType dtype, const std::byte* in, size_t n, uint64_t* out) {
  load_as(dtype, in, n, out);
}
ATHANOR_CLONES void store_floats(DType dtype, const float* in, size_t n, std::byte* out) {
  store_float(dtype, in, n, out);
}
ATHANOR_CLONES void store_doubles(DType dtype, const double* in, size_t n, std::byte* out) {
  if (is_floating_point(dtype))
    store_float(dtype, in, n, out);
  else
    store_integer(dtype, in, n, out);
}
ATHANOR_CLONES void store_signed(DType dtype, const int64_t* in, size_t n, std::byte* out) {
  store_integer(dtype, in, n, out);
}
ATHANOR_CLONES void store_unsigned(DType dtype, const uint64_t* in, size_t n, std::byte* out) {
  store_integer(dtype, in, n, out);
}

/// 53 bits hold it; the last of them is 1 when it is not exact.
double odd(uint64_t value) {
  return value >> 53 == 0 ? double(value) : double((value >> 11) | uint64_t((value & 0x7ff) != 0)) * 0x1p11;
}
double odd(int64_t value) { return value < 0 ? -odd(-uint64_t(value)) : odd(uint64_t(value)); }

}  // namespace

void load(DType dtype, const std::byte* in, std::span<float> out) { load_floats(dtype, in, out.size(), out.data()); }
void load(DType dtype, const std::byte* in, std::span<double> out) { load_doubles(dtype, in, out.size(), out.data()); }
void load(DType dtype, const std::byte* in, std::span<int32_t> out) { load_short(dtype, in, out.size(), out.data()); }
void load(DType dtype, const std::byte* in, std::span<int64_t> out) { load_signed(dtype, in, out.size(), out.data()); }
void load(DType dtype, const std::byte* in, std::span<uint64_t> out) {
  load_unsigned(dtype, in, out.size(), out.data());
}
void load_odd(DType dtype, const std::byte* in, std::span<double> out) {
  switch (dtype) {
    case DType::i64: return load_each<int64_t>(in, out.size(), out.data(), [](int64_t v) { return odd(v); });
    case DType::u64: return load_each<uint64_t>(in, out.size(), out.data(), [](uint64_t v) { return odd(v); });
    default: return load(dtype, in, out);
  }
}

void store(std::span<const float> in, DType dtype, std::byte* out) { store_floats(dtype, in.data(), in.size(), out); }
void store(std::span<const double> in, DType dtype, std::byte* out) { store_doubles(dtype, in.data(), in.size(), out); }
void store(std::span<const int64_t> in, DType dtype, std::byte* out) { store_signed(dtype, in.data(), in.size(), out); }
void store(std::span<const uint64_t> in, DType dtype, std::byte* out) {
  store_unsigned(dtype, in.data(), in.size(), out);
}

}  // namespace athanor::array
