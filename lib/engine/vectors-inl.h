// Vectors of the instruction set that is being compiled for: included once for each by foreach_target.
#if defined(ATHANOR_ENGINE_VECTORS) == defined(HWY_TARGET_TOGGLE)
#ifdef ATHANOR_ENGINE_VECTORS
#undef ATHANOR_ENGINE_VECTORS
#else
#define ATHANOR_ENGINE_VECTORS
#endif

#include <hwy/highway.h>

#include <bit>
#include <cstdint>

#include "engine/precision.h"

HWY_BEFORE_NAMESPACE();
namespace athanor::engine::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
constexpr D d;

HWY_INLINE int64_t lanes() { return int64_t(hn::Lanes(d)); }

// A vector of elements in memory, widened to float32 and rounded back to nearest, ties to even.
HWY_INLINE V load(const float* from) { return hn::LoadU(d, from); }
HWY_INLINE void store(V v, float* to) { hn::StoreU(v, d, to); }
HWY_INLINE V load(const Bfloat16* from) {
  const hn::Rebind<uint16_t, D> du16;
  const hn::RebindToUnsigned<D> du;
  const auto bits = hn::LoadU(du16, reinterpret_cast<const uint16_t*>(from));
  return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(du, bits)));
}
HWY_INLINE void store(V v, Bfloat16* to) {
  const hn::Rebind<uint16_t, D> du16;
  const hn::RebindToUnsigned<D> du;
  const hn::RebindToSigned<D> di;
  const auto bits = hn::BitCast(du, v);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 1));
  const auto rounded = hn::Add(bits, hn::Add(odd, hn::Set(du, 0x7fff)));
  const auto quiet = hn::Or(bits, hn::Set(du, 0x400000));  // rounding could make an infinity of a NaN
  const auto kept = hn::IfThenElse(hn::RebindMask(du, hn::IsNaN(v)), quiet, rounded);
  const auto upper = hn::BitCast(di, hn::ShiftRight<16>(kept));
  hn::StoreU(hn::DemoteTo(du16, upper), du16, reinterpret_cast<uint16_t*>(to));
}

// The last elements of a row go by a buffer: what lies behind them is neither read nor written.
template <class T>
HWY_INLINE V load(const T* from, int64_t n) {
  if (n >= lanes()) return load(from);
  HWY_ALIGN T buffer[HWY_MAX_BYTES / sizeof(float)] = {};
  for (int64_t i = 0; i < n; ++i) buffer[i] = from[i];
  return load(buffer);
}
template <class T>
HWY_INLINE void store(V v, T* to, int64_t n) {
  if (n >= lanes()) return store(v, to);
  HWY_ALIGN T buffer[HWY_MAX_BYTES / sizeof(float)];
  store(v, buffer);
  for (int64_t i = 0; i < n; ++i) to[i] = buffer[i];
}

// The same for a vector of which all elements are there.
struct Whole {};
template <class T>
HWY_INLINE V load(const T* from, Whole) {
  return load(from);
}
template <class T>
HWY_INLINE void store(V v, T* to, Whole) {
  store(v, to);
}
/// Zero in place of what lies behind the last.
HWY_INLINE V kept(V v, Whole) { return v; }
HWY_INLINE V kept(V v, int64_t n) { return hn::IfThenElseZero(hn::FirstN(d, size_t(n)), v); }
/// Calls f(first channel, Whole or how many are left) for each vector of channels.
template <class F>
HWY_INLINE void for_vectors(int64_t channels, F f) {
  int64_t c = 0;
  for (; c + lanes() <= channels; c += lanes()) f(c, Whole{});
  if (c < channels) f(c, channels - c);
}

HWY_INLINE float value(float x) { return x; }
HWY_INLINE float value(Bfloat16 x) { return std::bit_cast<float>(uint32_t(x.bits) << 16); }

constexpr float kGelu = 1.5957691216057308f;  // 2·√(2/π)

/// eˣ = 2ⁿ·2ᶠ, |f| ≤ 1/2, and 2ᶠ by the first eight terms of its series. Relative error < 3e-7 for −87 ≤ x ≤ 88; what
/// lies beyond is taken for the bound.
HWY_INLINE V exponential(V x) {
  constexpr double kLog2E = 1.44269504088896340736, kLn2 = 0.69314718055994530942;
  const hn::RebindToSigned<D> di;
  const V low = hn::Set(d, -87.f), high = hn::Set(d, 88.f);
  x = hn::IfThenElse(hn::Lt(x, low), low, x);  // unlike Max, this leaves NaN as it is
  x = hn::IfThenElse(hn::Gt(x, high), high, x);
  const V n = hn::Round(hn::Mul(x, hn::Set(d, float(kLog2E))));
  // x − n·ln 2 in two steps: of n·(the upper bits of ln 2) no bit is lost.
  constexpr float upper = 0.693359375f;
  const V f = hn::NegMulAdd(n, hn::Set(d, float(kLn2 - double(upper))), hn::NegMulAdd(n, hn::Set(d, upper), x));
  V sum = hn::Set(d, 1.f / 5040);
  for (const float term : {1.f / 720, 1.f / 120, 1.f / 24, 1.f / 6, 0.5f, 1.f, 1.f})
    sum = hn::MulAdd(sum, f, hn::Set(d, term));
  return hn::BitCast(d, hn::Add(hn::BitCast(di, sum), hn::ShiftLeft<23>(hn::ConvertTo(di, n))));
}

/// 2ʸ for y ≤ 0 = 2ⁿ·2ᶠ, |f| ≤ 1/2, and 2ᶠ by the polynomial of degree 5 that errs least, 7.5e-8. Relative error <
/// 3e-7; what lies below −126 is taken for it.
HWY_INLINE V power_of_two(V y) {
  const hn::RebindToSigned<D> di;
  const V low = hn::Set(d, -126.f);
  y = hn::IfThenElse(hn::Lt(y, low), low, y);  // unlike Max, this leaves NaN as it is
  // At 1.5·2²³ the last bit stands for 1: what is added there is rounded, and the lower bits are n.
  const V shift = hn::Set(d, 0x1.8p23f), shifted = hn::Add(y, shift), f = hn::Sub(y, hn::Sub(shifted, shift));
  V sum = hn::Set(d, 1.32764718e-3f);
  for (const float term : {9.67554137e-3f, 5.55071327e-2f, 2.40221197e-1f, 6.93146967e-1f, 1.00000007f})
    sum = hn::MulAdd(sum, f, hn::Set(d, term));
  return hn::BitCast(d, hn::Add(hn::BitCast(di, sum), hn::ShiftLeft<23>(hn::BitCast(di, shifted))));
}

}  // namespace athanor::engine::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
