// What a file of tensors is, told from its names, shapes and metadata.
#pragma once

#include <string>

#include "io/layout.h"

namespace athanor::checkpoint {

/// "LoRA adapter (peft), rank 16", "Stable Diffusion 1.x (one file)", "images"; empty when nothing that is known fits.
/// A guess for readers: no tool decides by it what to do.
std::string kind_of(const io::Layout& layout);

}  // namespace athanor::checkpoint
