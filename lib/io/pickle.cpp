#include "io/pickle.h"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>

#include "core/check.h"
#include "io/layout.h"
#include "io/little_endian.h"

namespace athanor::io {
namespace {

using Kind = PickleNode::Kind;

constexpr size_t kNodeLimit = 1 << 22;  // some 150,000 tensors

/// The stack machine. Every opcode makes at most one node, and some need only one byte for it: they are counted.
class Machine {
 public:
  Machine(std::span<const std::byte> bytes, const std::function<bool(std::string_view)>& allowed)
      : bytes_(bytes), allowed_(allowed) {}

  Pickle run() {
    while (!step(uint8_t(take(1)[0]))) {
    }
    require(at_ == bytes_.size(), "{} bytes follow the pickle's end", bytes_.size() - at_);
    require(stack_.size() == 1, "the pickle is damaged: {} values are left at its end", stack_.size());
    return {.nodes = std::move(nodes_), .root = stack_.back()};
  }

 private:
  /// Executes one opcode; true when it ended the pickle.
  bool step(uint8_t opcode) {
    return opcode == '.' ||
           !(scalar(opcode) || text(opcode) || container(opcode) || memory(opcode) || object(opcode) || refuse(opcode));
  }
  [[noreturn]] bool refuse(uint8_t opcode) const {
    fail(ErrorKind::data, "the pickle is damaged: opcode 0x{:02x} at its byte {} is not known", opcode, at_ - 1);
  }

  std::span<const std::byte> take(uint64_t n) {
    require(n <= bytes_.size() - at_, "the pickle is cut short");
    const auto part = bytes_.subspan(at_, n);
    at_ += n;
    return part;
  }
  uint64_t number(size_t size) { return from_little_endian(take(size), size); }
  std::string string(uint64_t size) {
    const auto part = take(size);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }
  std::string line() {
    const auto rest = bytes_.subspan(at_);
    const auto end = std::ranges::find(rest, std::byte{'\n'});
    require(end != rest.end(), "the pickle is cut short");
    std::string text = string(uint64_t(end - rest.begin()));
    take(1);
    return text;
  }

  uint32_t add(PickleNode node) {
    require(nodes_.size() < kNodeLimit, "the pickle holds more than {} values", kNodeLimit);
    nodes_.push_back(std::move(node));
    return uint32_t(nodes_.size() - 1);
  }
  bool push(PickleNode node) {
    stack_.push_back(add(std::move(node)));
    return true;
  }
  uint32_t pop() {
    require(!stack_.empty() && (marks_.empty() || stack_.size() > marks_.back()),
            "the pickle is damaged: its stack is empty");
    const uint32_t top = stack_.back();
    stack_.pop_back();
    return top;
  }
  PickleNode& top() {
    require(!stack_.empty() && (marks_.empty() || stack_.size() > marks_.back()),
            "the pickle is damaged: its stack is empty");
    return nodes_[stack_.back()];
  }
  /// The values above the last mark.
  std::vector<uint32_t> pop_mark() {
    require(!marks_.empty(), "the pickle is damaged: a mark is missing");
    const auto first = stack_.begin() + std::ptrdiff_t(marks_.back());
    std::vector<uint32_t> items(first, stack_.end());
    stack_.erase(first, stack_.end());
    marks_.pop_back();
    return items;
  }
  std::vector<uint32_t> pop_some(size_t n) {
    std::vector<uint32_t> items(n);
    for (size_t i = n; i-- > 0;) items[i] = pop();
    return items;
  }

  /// A number in two's complement, lowest byte first.
  bool long_integer(uint64_t size) {
    require(size <= 1024, "the pickle holds an integer of {} bytes", size);
    const auto digits = take(size);
    const bool negative = size > 0 && (digits[size - 1] & std::byte{0x80}) != std::byte{0};
    const auto digit = [&](size_t i) {
      return i < size ? std::to_integer<unsigned>(digits[i]) : negative ? 0xffu : 0u;
    };
    uint64_t value = 0;
    for (size_t i = 8; i-- > 0;) value = value << 8 | digit(i);
    bool fits = (int64_t(value) < 0) == negative;
    for (size_t i = 8; i < size; ++i) fits = fits && digit(i) == (negative ? 0xffu : 0u);
    if (fits) return push({.kind = Kind::integer, .integer = int64_t(value)});
    std::vector<unsigned> bytes(size);
    for (size_t i = 0, carry = 1; i < size; ++i, carry = carry != 0 && bytes[i - 1] == 0 ? 1 : 0)
      bytes[i] = negative ? (0xffu - digit(i) + unsigned(carry)) & 0xffu : digit(i);
    std::string magnitude;
    for (size_t i = size; i-- > 0;) magnitude += fmt::format("{:02x}", bytes[i]);
    magnitude.erase(0, magnitude.find_first_not_of('0'));
    return push({.kind = Kind::integer, .text = (negative ? "-0x" : "0x") + magnitude});
  }

  bool scalar(uint8_t opcode) {
    switch (opcode) {
      case 'N': return push({});
      case 0x88: return push({.kind = Kind::boolean, .integer = 1});
      case 0x89: return push({.kind = Kind::boolean, .integer = 0});
      case 'J': return push({.kind = Kind::integer, .integer = int32_t(number(4))});
      case 'K': return push({.kind = Kind::integer, .integer = int64_t(number(1))});
      case 'M': return push({.kind = Kind::integer, .integer = int64_t(number(2))});
      case 0x8a: return long_integer(number(1));
      case 0x8b: return long_integer(number(4));
      case 'G': {
        uint64_t bits = 0;
        for (const std::byte b : take(8)) bits = bits << 8 | std::to_integer<uint64_t>(b);
        return push({.kind = Kind::real, .real = std::bit_cast<double>(bits)});
      }
      default: return false;
    }
  }

  bool text(uint8_t opcode) {
    switch (opcode) {
      case 'X': return push({.kind = Kind::text, .text = string(number(4))});
      case 0x8c: return push({.kind = Kind::text, .text = string(number(1))});
      case 0x8d: return push({.kind = Kind::text, .text = string(number(8))});
      case 'T':
      case 'B': return push({.kind = Kind::bytes, .text = string(number(4))});
      case 'U':
      case 'C': return push({.kind = Kind::bytes, .text = string(number(1))});
      case 0x8e:
      case 0x96: return push({.kind = Kind::bytes, .text = string(number(8))});
      default: return false;
    }
  }

  bool container(uint8_t opcode) {
    switch (opcode) {
      case '(': marks_.push_back(stack_.size()); return true;
      case ')': return push({.kind = Kind::tuple});
      case ']':
      case 0x8f: return push({.kind = Kind::list});
      case '}': return push({.kind = Kind::dict});
      case 0x85:
      case 0x86:
      case 0x87: return push({.kind = Kind::tuple, .items = pop_some(opcode - 0x84)});
      case 't': return push({.kind = Kind::tuple, .items = pop_mark()});
      case 'l':
      case 0x91: return push({.kind = Kind::list, .items = pop_mark()});
      case 'd': return push({.kind = Kind::dict, .items = pairs(pop_mark())});
      case 'a': return fill(pop_some(1), Kind::list);
      case 'e':
      case 0x90: return fill(pop_mark(), Kind::list);
      case 's': return fill(pop_some(2), Kind::dict);
      case 'u': return fill(pairs(pop_mark()), Kind::dict);
      default: return false;
    }
  }
  static std::vector<uint32_t> pairs(std::vector<uint32_t> items) {
    require(items.size() % 2 == 0, "the pickle is damaged: a key lacks its value");
    return items;
  }
  bool fill(const std::vector<uint32_t>& items, Kind kind) {
    PickleNode& node = top();
    require(node.kind == kind || node.kind == Kind::call, "the pickle is damaged: it fills what is no container");
    node.items.insert(node.items.end(), items.begin(), items.end());
    return true;
  }

  bool memory(uint8_t opcode) {
    switch (opcode) {
      case 'q': return keep(number(1));
      case 'r': return keep(number(4));
      case 0x94: return keep(memo_.size());
      case 'h': return recall(number(1));
      case 'j': return recall(number(4));
      case '0': pop(); return true;
      case '1': pop_mark(); return true;
      case '2':
        top();
        stack_.push_back(stack_.back());
        return true;
      case 0x80: {
        const uint64_t protocol = number(1);
        require(protocol <= 5, "pickle protocol {} is not known", protocol);
        return true;
      }
      case 0x95: take(8); return true;  // a frame's length, of use to nobody who has all bytes
      default: return false;
    }
  }
  bool keep(uint64_t place) {
    top();
    require(memo_.size() < kNodeLimit, "the pickle keeps more than {} values", kNodeLimit);
    memo_[place] = stack_.back();
    return true;
  }
  bool recall(uint64_t place) {
    const auto it = memo_.find(place);
    require(it != memo_.end(), "the pickle is damaged: it recalls what it has not kept");
    stack_.push_back(it->second);
    return true;
  }

  bool object(uint8_t opcode) {
    switch (opcode) {
      case 'c': {
        const std::string module = line();
        return name(module + "." + line());
      }
      case 0x93: {
        const uint32_t attribute = pop(), module = pop();
        require(nodes_[module].kind == Kind::text && nodes_[attribute].kind == Kind::text,
                "the pickle is damaged: a name is no text");
        return name(nodes_[module].text + "." + nodes_[attribute].text);
      }
      case 'R':
      case 0x81: {
        const uint32_t arguments = pop(), function = pop();
        require(nodes_[function].kind == Kind::name && nodes_[arguments].kind == Kind::tuple,
                "the pickle calls what is no function");
        return push({.kind = Kind::call, .function = function, .arguments = arguments});
      }
      case 'b':
        pop();
        top();
        return true;  // attributes beside the contents
      case 'Q': return push({.kind = Kind::persistent, .arguments = pop()});
      default: return false;
    }
  }
  bool name(const std::string& text) {
    require(
        allowed_(text),
        "it names {}, which is not read: only tensors, numbers, text and their containers are, and nothing is executed",
        in_quotes(text));
    return push({.kind = Kind::name, .text = text});
  }

  std::span<const std::byte> bytes_;
  const std::function<bool(std::string_view)>& allowed_;
  size_t at_ = 0;
  std::deque<PickleNode> nodes_;
  std::vector<uint32_t> stack_;
  std::vector<size_t> marks_;
  std::map<uint64_t, uint32_t> memo_;
};

}  // namespace

Pickle read_pickle(std::span<const std::byte> bytes, const std::function<bool(std::string_view)>& allowed) {
  require(bytes.size() <= kPickleLimit, "a pickle of {} bytes is larger than the limit of {}", bytes.size(),
          kPickleLimit);
  return Machine(bytes, allowed).run();
}

}  // namespace athanor::io
