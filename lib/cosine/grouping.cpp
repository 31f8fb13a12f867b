#include "cosine/grouping.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/check.h"
#include "core/text.h"

namespace athanor::cosine {
namespace {

using Kind = Grouping::Kind;
constexpr std::array<std::pair<std::string_view, Kind>, 4> kWords{
    {{"tensor", Kind::tensor}, {"row", Kind::row}, {"element", Kind::element}, {"layer", Kind::layer}}};

bool is_number(std::string_view part) {
  return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
}

std::string layer_of(const std::string& tensor) {
  size_t end = tensor.rfind('.');
  for (size_t begin = 0; begin < tensor.size();) {
    const size_t dot = std::min(tensor.find('.', begin), tensor.size());
    if (is_number(std::string_view(tensor).substr(begin, dot - begin)) && dot < tensor.size()) end = dot;
    begin = dot + 1;
  }
  return tensor.substr(0, end);
}

}  // namespace

std::string GroupName::text() const { return index ? fmt::format("{}[{}]", whole, *index) : whole; }

uint64_t Grouping::length(const Shape& shape) const {
  const auto count = uint64_t(element_count(shape));
  switch (kind) {
    case Kind::row: return shape.size() < 2 || count == 0 ? count : count / uint64_t(shape[0]);
    case Kind::block: return block;
    case Kind::element: return 1;
    default: return count;
  }
}

std::string Grouping::group_of(const std::string& tensor) const {
  if (kind == Kind::layer) return layer_of(tensor);
  if (kind != Kind::regex) return tensor;
  std::smatch match;
  if (!pattern.matches(tensor) || !std::regex_search(tensor, match, pattern.regex)) return "";
  return match.size() > 1 ? match[1].str() : match[0].str();
}

void from_text(std::string_view text, Grouping& grouping) {
  grouping = {};
  for (const auto& [word, kind] : kWords)
    if (text == word) {
      grouping.kind = kind;
      return;
    }
  if (text.starts_with("regex:")) {
    grouping.kind = Kind::regex;
    from_text(text.substr(6), grouping.pattern);
  } else if (text.starts_with("block:")) {
    grouping.kind = Kind::block;
    athanor::from_text(text.substr(6), grouping.block);
    if (grouping.block < 2 || grouping.block > uint64_t{1} << 40)
      fail(ErrorKind::usage, "expected 2 to 2^40 elements of a block, got '{}'", text.substr(6));
  } else {
    fail(ErrorKind::usage, "expected tensor, row, element, block:N, layer or regex:RE, got '{}'", text);
  }
}

std::string to_text(const Grouping& grouping) {
  if (grouping.kind == Kind::block) return "block:" + athanor::to_text(grouping.block);
  if (grouping.kind == Kind::regex) return "regex:" + to_text(grouping.pattern);
  return std::string(std::ranges::find(kWords, grouping.kind, &std::pair<std::string_view, Kind>::second)->first);
}

}  // namespace athanor::cosine
