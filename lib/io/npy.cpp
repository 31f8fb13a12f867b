#include "io/npy.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace athanor::io {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kHeaderLimit = 1 << 20;  // far above what any shape needs
constexpr size_t kAxesLimit = 64;         // NumPy's

struct Description {
  std::optional<std::string> descr;
  std::optional<bool> fortran_order;
  std::optional<Shape> shape;
};

/// Parses the header's Python literal, a dict of a string, a bool and a tuple of whole numbers, and nothing else.
class LiteralParser {
 public:
  explicit LiteralParser(std::string_view text) : text_(text) {}

  Description parse() {
    Description d;
    expect('{');
    while (!accept('}')) {
      entry(d);
      if (accept('}')) break;
      expect(',');
    }
    skip_spaces();
    require(at_ == text_.size(), "the .npy header has text after its description");
    require(d.descr && d.fortran_order && d.shape, "the .npy header lacks descr, fortran_order or shape");
    return d;
  }

 private:
  void entry(Description& d) {
    const std::string key = string();
    expect(':');
    const auto fresh = [&](bool holds) { require(!holds, "the .npy header has {} twice", in_quotes(key)); };
    if (key == "descr") {
      fresh(d.descr.has_value());
      require(peek() != '[', "a structured .npy array is not supported");
      d.descr = string();
    } else if (key == "fortran_order") {
      fresh(d.fortran_order.has_value());
      d.fortran_order = boolean();
    } else if (key == "shape") {
      fresh(d.shape.has_value());
      d.shape = tuple();
    } else {
      fail(ErrorKind::data, "the .npy header has the unknown key {}", in_quotes(key));
    }
  }
  std::string string() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') damaged();
    const size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) damaged();
    const std::string_view value = text_.substr(at_ + 1, end - at_ - 1);
    if (value.find('\\') != std::string_view::npos) damaged();
    at_ = end + 1;
    return std::string(value);
  }
  bool boolean() {
    peek();
    for (const auto& [word, value] : {std::pair{std::string_view("True"), true}, {"False", false}}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return value;
    }
    damaged();
  }
  Shape tuple() {
    Shape shape;
    bool comma = true;
    expect('(');
    while (!accept(')')) {
      if (!comma) damaged();
      require(shape.size() < kAxesLimit, "the .npy array has more than {} axes", kAxesLimit);
      shape.push_back(whole_number());
      comma = accept(',');
    }
    if (shape.size() == 1 && !comma) damaged();  // (3) is a number in Python, not a tuple
    return shape;
  }
  int64_t whole_number() {
    if (peek() < '0' || peek() > '9') damaged();
    int64_t value = 0;
    const auto [stop, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    require(error == std::errc(), "the .npy array's shape overflows");
    at_ = size_t(stop - text_.data());
    return value;
  }
  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  /// The next character that is no space, or NUL at the end.
  char peek() {
    skip_spaces();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char c) {
    if (peek() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) damaged();
  }
  [[noreturn]] void damaged() const { fail(ErrorKind::data, "the .npy header is damaged at its character {}", at_); }

  std::string_view text_;
  size_t at_ = 0;
};

std::string_view refused_kind(char kind) {
  switch (kind) {
    case 'O': return "an .npy array of Python objects";
    case 'S':
    case 'U':
    case 'a': return "an .npy array of strings";
    case 'c': return "a complex .npy array";
    case 'M':
    case 'm': return "an .npy array of dates";
    case 'V': return "a structured .npy array";
    default: return "its element type";
  }
}

constexpr std::array<std::pair<std::string_view, DType>, 12> kTypes{{{"b1", DType::boolean},
                                                                     {"i1", DType::i8},
                                                                     {"i2", DType::i16},
                                                                     {"i4", DType::i32},
                                                                     {"i8", DType::i64},
                                                                     {"u1", DType::u8},
                                                                     {"u2", DType::u16},
                                                                     {"u4", DType::u32},
                                                                     {"u8", DType::u64},
                                                                     {"f2", DType::f16},
                                                                     {"f4", DType::f32},
                                                                     {"f8", DType::f64}}};

DType type_of(const std::string& descr) {
  constexpr std::string_view orders = "<>|=";
  const bool marked = !descr.empty() && orders.find(descr[0]) != std::string_view::npos;
  const std::string_view code = std::string_view(descr).substr(marked ? 1 : 0);
  const auto it = std::ranges::find(kTypes, code, &std::pair<std::string_view, DType>::first);
  require(it != kTypes.end(), "{} ({}) is not supported", refused_kind(code.empty() ? ' ' : code[0]), in_quotes(descr));
  require(marked && (descr[0] != '|' || size_of(it->second) == 1), "the .npy type {} lacks a byte order",
          in_quotes(descr));
  return it->second;
}

std::string read_text(Input& input, std::vector<std::byte>& head) {
  head.resize(8);
  const size_t got = input.read_full(head);
  require(looks_like_npy(std::span(head).first(got)) || got < 6, "not an .npy file");
  require(got == 8, "input ends early: {} bytes are too few for an .npy file", got);
  const int version = std::to_integer<int>(head[6]);
  require(version >= 1 && version <= 3 && head[7] == std::byte{0}, ".npy version {}.{} is not known (1.0 to 3.0 are)",
          version, std::to_integer<int>(head[7]));
  const size_t digits = version == 1 ? 2 : 4;
  head.resize(8 + digits);
  require(input.read_full(std::span(head).subspan(8)) == digits, "input ends early: the .npy header is cut short");
  size_t length = 0;
  for (size_t i = digits; i-- > 0;) length = length << 8 | std::to_integer<size_t>(head[8 + i]);
  require(length <= kHeaderLimit, "the .npy header claims {} bytes, more than the limit of {}", length, kHeaderLimit);
  const size_t start = head.size();
  head.resize(start + length);
  const size_t n = input.read_full(std::span(head).subspan(start));
  require(n == length, "input ends early: the .npy header claims {} bytes, {} follow", length, n);
  return {reinterpret_cast<const char*>(head.data()) + start, length};
}

}  // namespace

bool looks_like_npy(std::span<const std::byte> head) {
  return head.size() >= kMagic.size() &&
         std::ranges::equal(kMagic, head.first(kMagic.size()), {}, [](char c) { return std::byte(c); });
}

Layout read_npy_header(Input& input) {
  const uint64_t begin = input.position();
  std::vector<std::byte> head;
  const Description d = LiteralParser(read_text(input, head)).parse();
  const DType dtype = type_of(*d.descr);
  Layout layout{.format = "npy",
                .tensors = {{.name = "arr_0", .dtype = dtype, .shape = *d.shape}},
                .header_bytes = head.size(),
                .big_endian = (*d.descr)[0] == '>' && size_of(dtype) > 1,
                .fortran_order = *d.fortran_order,
                .header_sha256 = sha256(head)};
  check_payload(layout, input, begin);
  return layout;
}

std::string make_npy_header(DType dtype, const Shape& shape) {
  const auto it = std::ranges::find(kTypes, dtype, &std::pair<std::string_view, DType>::second);
  if (it == kTypes.end())
    fail(ErrorKind::usage, ".npy has no element type {}: --cast it, or write safetensors", name_of(dtype));
  require(shape.size() <= kAxesLimit, "an .npy array has at most {} axes", kAxesLimit);
  std::string text =
      fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}{}), }}", size_of(dtype) == 1 ? '|' : '<',
                  it->first, fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  const size_t prefix = kMagic.size() + 4;
  text.append((64 - (prefix + text.size() + 1) % 64) % 64, ' ');
  text += '\n';
  std::string header(kMagic);
  header += {'\1', '\0', char(text.size() & 0xff), char(text.size() >> 8)};
  return header + text;
}

}  // namespace athanor::io
