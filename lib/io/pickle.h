// Python's pickle format read as data: a tree of values, in which nothing has been called.
//
// Source: Python's Lib/pickletools.py, protocols 0 to 5 (the binary opcodes).
// Differs: a class or function is a name, and a call of it a node with its arguments; what they mean is the reader's
//          business. Names outside of the reader's list are refused when they are met.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace athanor::io {

/// One value of a pickle. Others are named by their position in Pickle::nodes, always a lower one except where a
/// container was filled after it was made.
struct PickleNode {
  enum class Kind { none, boolean, integer, real, text, bytes, tuple, list, dict, name, call, persistent };
  Kind kind = Kind::none;
  int64_t integer = 0;
  double real = 0;
  std::string text = {};  ///< of text, bytes, and names ("torch.FloatStorage"); of integers beyond 64 bits "-0x…"
  std::vector<uint32_t> items =
      {};  ///< elements; of a dict keys and values in turn; of a call what was put into its result
  uint32_t function = 0, arguments = 0;  ///< of a call; `arguments` is also a persistent id's value
};

struct Pickle {
  std::deque<PickleNode> nodes;
  uint32_t root = 0;
  const PickleNode& at(uint32_t i) const { return nodes[i]; }
};

/// The longest pickle that is read.
inline constexpr size_t kPickleLimit = 32 << 20;

/// Parses a pickle whose names all satisfy `allowed`. Throws Error{data}: cut short, bytes after its end, an unknown
/// opcode, more than 4 million values, a name that is not allowed ("names 'os.system', which is not read").
Pickle read_pickle(std::span<const std::byte> bytes, const std::function<bool(std::string_view name)>& allowed);

}  // namespace athanor::io
