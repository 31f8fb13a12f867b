// Products of bfloat16 by the instructions that some x86 processors have for them.
#pragma once

#include "engine/kernels.h"

namespace athanor::engine {

/// Sets whose products are made by VDPBF16PS ("AVX512_BF16": bfloat16) and by AMX's tiles ("AMX": bfloat16 and bf16x3),
/// as far as this processor and its kernel have them, the best first. All else they take from `float32` and `bfloat16`,
/// which are for vectors of 512 bits.
/// Source: Intel 64 and IA-32 architectures software developer's manual, volume 1, chapter 18 (AMX).
std::vector<Kernels> x86_bfloat16_kernels(const Kernels& float32, const Kernels& bfloat16);

}  // namespace athanor::engine
