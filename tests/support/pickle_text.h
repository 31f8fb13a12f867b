// Pickles made by hand, opcode by opcode.
#pragma once

#include <string>
#include <string_view>

#include "support/files.h"

namespace athanor::test {

inline std::string pickled_text(std::string_view text) { return "X" + little_endian(text.size(), 4).append(text); }
inline std::string pickled_number(int64_t value) { return "\x8a\x08" + little_endian(uint64_t(value)); }
inline std::string pickled_global(std::string_view module, std::string_view name) {
  return "c" + std::string(module) + "\n" + std::string(name) + "\n";
}
inline std::string pickled_numbers(const std::vector<int64_t>& values) {
  std::string text = "(";
  for (const int64_t value : values) text += pickled_number(value);
  return text + "t";
}
inline std::string pickled_storage(std::string_view type, std::string_view key) {
  return "(" + pickled_text("storage") + pickled_global("torch", type) + pickled_text(key) + pickled_text("cpu") +
         pickled_number(0) + "tQ";
}
/// A tensor as PyTorch writes it, from the pickles of its storage, offset, shape and strides.
inline std::string pickled_tensor(std::string_view storage, std::string_view offset, std::string_view shape,
                                  std::string_view strides) {
  return pickled_global("torch._utils", "_rebuild_tensor_v2") + "(" + std::string(storage).append(offset) +
         std::string(shape).append(strides) + "\x89" + pickled_global("collections", "OrderedDict") + ")RtR";
}
/// A dict of one value.
inline std::string pickled_dict(std::string_view key, std::string_view value) {
  return "}" + pickled_text(key) + std::string(value) + "s";
}

}  // namespace athanor::test
