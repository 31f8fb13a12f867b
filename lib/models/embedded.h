// Default models that travel inside the library, so that a tool works with no file at all.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace athanor::models {

/// The bytes of a model's checkpoint (safetensors), 64-byte aligned and alive as long as the program; empty when there
/// is none of that name.
std::span<const std::byte> find(std::string_view name);
/// The names that find() knows, sorted.
std::vector<std::string> names();

}  // namespace athanor::models
