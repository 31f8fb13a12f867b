// What a network is computed in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace athanor::engine {

enum class Precision {
  float32,
  /// float32 by three products of bfloat16 where a processor has fast ones (each to 2⁻¹⁶); elsewhere float32 itself.
  bf16x3,
  /// Weights and activations in bfloat16; sums, statistics and vectors of conditions in float32.
  bfloat16
};

/// "float32", "bf16x3", "bfloat16".
std::vector<std::string> precision_names();
/// Throws Error{usage} for another name.
Precision precision_named(std::string_view name);

/// The upper half of a float32.
struct Bfloat16 {
  uint16_t bits;
};

}  // namespace athanor::engine
