// Compiled once for each instruction set by Highway's foreach_target.
#include "engine/kernels.h"

#include <algorithm>
#include <set>

#include "core/error.h"
#include "engine/bfloat16_x86.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h goes first.
#include "engine/head-inl.h"
#include "engine/normal-inl.h"
#include "engine/product-inl.h"
#include "engine/winograd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace athanor::engine::HWY_NAMESPACE {
namespace {

template <class T>
void sum(const Plane& plane, const void* x, const float* centre, double* sums) {
  HWY_ALIGN float row[HWY_MAX_BYTES / sizeof(float)];
  for_vectors(plane.channels, [&](int64_t c, auto n) HWY_ATTR {
    const V middle = centre == nullptr ? hn::Zero(d) : load(centre + c, n);
    const int64_t count = std::min(plane.channels - c, lanes());
    std::fill_n(sums + c, count, 0.0);
    for (int64_t y = 0; y < plane.height; ++y) {
      V total = hn::Zero(d);
      const T* at = static_cast<const T*>(x) + plane.at(y, 0) + c;
      for (int64_t i = 0; i < plane.width; ++i, at += plane.channels) {
        const V v = hn::Sub(load(at, n), middle);
        total = centre == nullptr ? hn::Add(total, v) : hn::MulAdd(v, v, total);
      }
      hn::StoreU(total, d, row);
      for (int64_t j = 0; j < count; ++j) sums[c + j] += double(row[j]);
    }
  });
}

HWY_INLINE V silu(V x) { return hn::Div(x, hn::Add(hn::Set(d, 1.f), exponential(hn::Neg(x)))); }

/// 1 + tanh(u) = 2·σ(2u).
HWY_INLINE V gelu(V x) {
  const V cube = hn::Mul(hn::Mul(x, x), x);
  const V u = hn::Mul(hn::Set(d, kGelu), hn::MulAdd(cube, hn::Set(d, 0.044715f), x));
  return hn::Div(x, hn::Add(hn::Set(d, 1.f), exponential(hn::Neg(u))));
}

template <Activation kActivation>
HWY_INLINE V activate(V x) {
  if constexpr (kActivation == Activation::silu) return silu(x);
  if constexpr (kActivation == Activation::gelu) return gelu(x);
  return x;
}

template <class T, Activation kActivation, bool kAdded>
void affine_rows(const Affine& a) {
  for (int64_t row = a.first; row < a.last; ++row) {
    const T* x = static_cast<const T*>(a.x) + a.from.at(row, 0);
    const T* added = kAdded ? static_cast<const T*>(a.added) + a.like.at(row, 0) : nullptr;
    T* y = static_cast<T*>(a.y) + a.to.at(row, 0);
    for (int64_t i = 0; i < a.from.width; ++i, x += a.from.channels, y += a.to.channels) {
      for_vectors(a.from.channels, [&](int64_t c, auto n) HWY_ATTR {
        V v = activate<kActivation>(hn::MulAdd(load(x + c, n), load(a.scale + c, n), load(a.shift + c, n)));
        if constexpr (kAdded) v = hn::Add(v, load(added + c, n));
        store(v, y + c, n);
      });
      if constexpr (kAdded) added += a.like.channels;
    }
  }
}
template <class T, Activation kActivation>
void affine_of(const Affine& a) {
  a.added == nullptr ? affine_rows<T, kActivation, false>(a) : affine_rows<T, kActivation, true>(a);
}
template <class T>
void affine(const Affine& a) {
  switch (a.activation) {
    case Activation::none: return affine_of<T, Activation::none>(a);
    case Activation::silu: return affine_of<T, Activation::silu>(a);
    case Activation::gelu: return affine_of<T, Activation::gelu>(a);
  }
}

template <class T, Activation kActivation>
void layer_norm_rows(const Affine& a, float epsilon) {
  const int64_t channels = a.from.channels;
  for (int64_t row = a.first; row < a.last; ++row) {
    const T* x = static_cast<const T*>(a.x) + a.from.at(row, 0);
    T* y = static_cast<T*>(a.y) + a.to.at(row, 0);
    for (int64_t i = 0; i < a.from.width; ++i, x += channels, y += a.to.channels) {
      const Normal<T> normal(x, channels, epsilon);
      for_vectors(channels, [&](int64_t c, auto n) HWY_ATTR {
        const V v = normal.of(load(x + c, n));
        store(activate<kActivation>(hn::MulAdd(v, load(a.scale + c, n), load(a.shift + c, n))), y + c, n);
      });
    }
  }
}
template <class T>
void layer_norm(const Affine& a, float epsilon) {
  switch (a.activation) {
    case Activation::none: return layer_norm_rows<T, Activation::none>(a, epsilon);
    case Activation::silu: return layer_norm_rows<T, Activation::silu>(a, epsilon);
    case Activation::gelu: return layer_norm_rows<T, Activation::gelu>(a, epsilon);
  }
}

template <class T>
void narrow(const float* from, int64_t n, void* to) {
  for (int64_t i = 0; i < n; i += lanes()) store(load(from + i, n - i), static_cast<T*>(to) + i, n - i);
}
template <class T>
void widen(const void* from, int64_t n, float* to) {
  for (int64_t i = 0; i < n; i += lanes()) store(load(static_cast<const T*>(from) + i, n - i), to + i, n - i);
}

template <class T>
Kernels kernels(Precision precision) {
  return {.name = hwy::TargetName(HWY_TARGET),
          .precision = precision,
          .element = sizeof(T),
          .rows = kRows,
          .columns = 2 * lanes(),
          .pack = std::is_same_v<T, float> ? pack_rows<float> : pack_pairs,
          .multiply = multiply<T, T>,
          .product_scratch = [](std::span<const Term>) { return int64_t{0}; },
          .winograd = true,
          .pack_transformed = pack_rows<T>,
          .multiply_transformed = multiply<float, T>,
          .tiles_in = tiles_in<T>,
          .tiles_out = tiles_out<T>,
          .sum = sum<T>,
          .affine = affine<T>,
          .layer_norm = layer_norm<T>,
          .attend = attend<T>,
          .soften = soften,
          .head_scratch = head_scratch,
          .narrow = narrow<T>,
          .widen = widen<T>};
}

}  // namespace

/// In float32 and in bfloat16.
std::vector<Kernels> table() { return {kernels<float>(Precision::float32), kernels<Bfloat16>(Precision::bfloat16)}; }

}  // namespace athanor::engine::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace athanor::engine {
HWY_EXPORT(table);

namespace {

/// Those of every instruction set that is compiled and that this processor has, the best first.
std::vector<Kernels> all_tables() {
  std::vector<Kernels> tables;
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::GetChosenTarget().Update(target);
    const std::vector<Kernels> both = HWY_DYNAMIC_DISPATCH(table)();
    // What the processor has beyond the vectors: only beside the widest, whichever of the targets with 512 bits that
    // is.
    if (both[0].columns == 32 && tables.empty()) tables = x86_bfloat16_kernels(both[0], both[1]);
    tables.insert(tables.end(), both.begin(), both.end());
  }
  hwy::GetChosenTarget().DeInit();
  return tables;
}

}  // namespace

const std::vector<Kernels>& all_kernels() {
  static const std::vector<Kernels> tables = all_tables();
  return tables;
}

const Kernels& kernels_of(std::string_view name, Precision precision) {
  const auto find = [&](Precision wanted) {
    return std::ranges::find_if(
        all_kernels(), [&](const Kernels& k) { return k.precision == wanted && (name.empty() || k.name == name); });
  };
  auto found = find(precision);
  if (found == all_kernels().end() && precision == Precision::bf16x3) found = find(Precision::float32);
  if (found != all_kernels().end()) return *found;
  std::set<std::string_view> names;
  for (const Kernels& k : all_kernels()) names.insert(k.name);
  fail(ErrorKind::usage, "there are no kernels for {} on this processor; there are {}", name, fmt::join(names, ", "));
}

}  // namespace athanor::engine
#endif
