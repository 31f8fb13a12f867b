// Vectors of the instruction set that is being compiled for: included once for each by foreach_target.
#if defined(ATHANOR_ENGINE_VECTORS) == defined(HWY_TARGET_TOGGLE)
#ifdef ATHANOR_ENGINE_VECTORS
#undef ATHANOR_ENGINE_VECTORS
#else
#define ATHANOR_ENGINE_VECTORS
#endif

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace athanor::engine::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
constexpr D d;

HWY_INLINE int64_t lanes() { return int64_t(hn::Lanes(d)); }

// The last elements of a row go by a buffer: what lies behind them is neither read nor written.
HWY_INLINE V load(const float* from, int64_t n) {
  if (n >= lanes()) return hn::LoadU(d, from);
  HWY_ALIGN float buffer[HWY_MAX_BYTES / sizeof(float)] = {};
  for (int64_t i = 0; i < n; ++i) buffer[i] = from[i];
  return hn::Load(d, buffer);
}
HWY_INLINE void store(V v, float* to, int64_t n) {
  if (n >= lanes()) return hn::StoreU(v, d, to);
  HWY_ALIGN float buffer[HWY_MAX_BYTES / sizeof(float)];
  hn::Store(v, d, buffer);
  for (int64_t i = 0; i < n; ++i) to[i] = buffer[i];
}

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

}  // namespace athanor::engine::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
