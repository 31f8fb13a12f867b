#include "io/layout.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "io/input.h"

namespace athanor::io {

uint64_t Layout::payload_bytes() const { return tensors.empty() ? 0 : tensors.back().offset + tensors.back().bytes(); }

int64_t Layout::find(std::string_view name) const {
  const auto it = std::ranges::find(tensors, name, &TensorInfo::name);
  return it == tensors.end() ? -1 : it - tensors.begin();
}

std::string printable(std::string_view text, size_t longest) {
  size_t end = std::min(text.size(), longest);
  const bool cut = end < text.size();
  while (cut && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not within a character
  std::string out;
  for (const char c : text.substr(0, end)) {
    const auto code = static_cast<unsigned char>(c);
    out += code < 0x20 || code == 0x7f ? fmt::format("\\x{:02x}", code) : std::string(1, c);
  }
  return cut ? out + "…" : out;
}

std::string in_quotes(std::string_view name) { return "'" + printable(name, 200) + "'"; }

uint64_t byte_count(DType dtype, const Shape& shape) {
  uint64_t bytes = 0;
  const uint64_t elements = uint64_t(element_count(shape));
  require(!__builtin_mul_overflow(elements, uint64_t(size_of(dtype)), &bytes),
          "the shape {} of {} overflows 2^64 bytes", shape_text(shape), name_of(dtype));
  return bytes;
}

void check_names(const std::vector<TensorInfo>& tensors) {
  std::vector<size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, {}, [&](size_t i) -> const std::string& { return tensors[i].name; });
  const auto twice = std::ranges::adjacent_find(order, {}, [&](size_t i) { return std::string_view(tensors[i].name); });
  if (twice != order.end())
    fail(ErrorKind::data, "tensor {}: the name is there twice", in_quotes(tensors[*twice].name));
}

bool is_text(std::string_view name) {
  const auto quoted = nlohmann::json(name).dump(-1, ' ', false, nlohmann::json::error_handler_t::ignore);
  return name.find('\0') == std::string_view::npos && nlohmann::json::parse(quoted).get<std::string>() == name;
}

void check_payload(const Layout& layout, const Input& input, uint64_t start) {
  uint64_t end = 0;
  for (const TensorInfo& t : layout.tensors) {
    const uint64_t bytes = byte_count(t.dtype, t.shape);
    require(!__builtin_add_overflow(end, bytes, &end), "the tensors overflow 2^64 bytes");
  }
  if (!input.size()) return;
  const uint64_t rest = *input.size() - start - layout.header_bytes;
  require(rest >= end, "input ends early: {} bytes are promised after the header, {} follow", end, rest);
  require(rest == end, "{} bytes follow the last tensor", rest - end);
}

}  // namespace athanor::io
