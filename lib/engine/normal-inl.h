// Mean and deviation of a pixel's channels: included once for each instruction set.
#if defined(ATHANOR_ENGINE_NORMAL) == defined(HWY_TARGET_TOGGLE)
#ifdef ATHANOR_ENGINE_NORMAL
#undef ATHANOR_ENGINE_NORMAL
#else
#define ATHANOR_ENGINE_NORMAL
#endif

#include "engine/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace athanor::engine::HWY_NAMESPACE {

/// x̂ = (x − mean)/√(variance + ε), over the channels of one pixel.
template <class T>
struct Normal {
  V mean, inverse;
  HWY_INLINE Normal(const T* x, int64_t channels, float epsilon) {
    const V share = hn::Set(d, 1 / float(channels));
    V sum = hn::Zero(d), squares = hn::Zero(d);
    for_vectors(channels, [&](int64_t c, auto n) HWY_ATTR { sum = hn::Add(sum, load(x + c, n)); });
    mean = hn::Mul(hn::SumOfLanes(d, sum), share);
    for_vectors(channels, [&](int64_t c, auto n) HWY_ATTR {
      const V v = kept(hn::Sub(load(x + c, n), mean), n);
      squares = hn::MulAdd(v, v, squares);
    });
    const V variance = hn::MulAdd(hn::SumOfLanes(d, squares), share, hn::Set(d, epsilon));
    inverse = hn::Div(hn::Set(d, 1.f), hn::Sqrt(variance));
  }
  HWY_INLINE V of(V x) const { return hn::Mul(hn::Sub(x, mean), inverse); }
};

}  // namespace athanor::engine::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
