#include "core/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/error.h"

namespace athanor {
namespace {

template <class T>
void parse_number(std::string_view text, T& value, std::string_view kind) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc::result_out_of_range) fail(ErrorKind::usage, "'{}' is out of the range of {}", text, kind);
  if (error != std::errc() || stop != end) fail(ErrorKind::usage, "expected {}, got '{}'", kind, text);
}

/// The two whole numbers around `separator`.
std::pair<int64_t, int64_t> parse_pair(std::string_view text, char separator, std::string_view kind) {
  const size_t at = text.find(separator, 1);
  if (at == std::string_view::npos) fail(ErrorKind::usage, "expected {}, got '{}'", kind, text);
  std::pair<int64_t, int64_t> pair;
  parse_number(text.substr(0, at), pair.first, kind);
  parse_number(text.substr(at + 1), pair.second, kind);
  return pair;
}

}  // namespace

void from_text(std::string_view text, int64_t& value) { parse_number(text, value, "an integer"); }
void from_text(std::string_view text, uint64_t& value) { parse_number(text, value, "an integer >= 0"); }
void from_text(std::string_view text, double& value) {
  parse_number(text, value, "a number");
  if (std::isnan(value)) fail(ErrorKind::usage, "expected a number, got '{}'", text);
}
void from_text(std::string_view text, std::string& value) { value = text; }
std::string to_text(int64_t value) { return fmt::to_string(value); }
std::string to_text(uint64_t value) { return fmt::to_string(value); }
std::string to_text(double value) { return fmt::format("{}", value); }
std::string to_text(const std::string& value) { return value; }

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) break;
    text.remove_prefix(at + 1);
    if (text.empty()) parts.emplace_back();
  }
  return parts;
}

void from_text(std::string_view text, IndexList& list) {
  list.values.clear();
  for (const std::string& part : split(text, ',')) {
    int64_t first = 0, last = 0;
    if (part.find('-', 1) == std::string::npos) {
      from_text(part, first);
      last = first;
    } else {
      std::tie(first, last) = parse_pair(part, '-', "numbers and ranges such as 0,3-5,7");
    }
    if (first < 0 || last < first || last - first > 1'000'000)
      fail(ErrorKind::usage, "expected numbers and ranges such as 0,3-5,7, got '{}'", part);
    for (int64_t i = first; i <= last; ++i) list.values.push_back(i);
  }
}
std::string to_text(const IndexList& list) {
  std::string text;
  for (auto first = list.values.begin(); first != list.values.end();) {
    const auto gap = std::adjacent_find(first, list.values.end(), [](int64_t a, int64_t b) { return b - 1 != a; });
    const auto end = gap == list.values.end() ? gap : gap + 1;
    if (!text.empty()) text += ',';
    text += end - first > 1 ? fmt::format("{}-{}", *first, *(end - 1)) : to_text(*first);
    first = end;
  }
  return text;
}

std::pair<int64_t, int64_t> Shard::of(int64_t n) const {
  const auto start = [&](int64_t i) { return n / count * i + std::min(i, n % count); };
  return {start(index - 1), start(index)};
}
void from_text(std::string_view text, Shard& shard) {
  std::tie(shard.index, shard.count) = parse_pair(text, '/', "a part such as 2/8");
  if (shard.index < 1 || shard.index > shard.count)
    fail(ErrorKind::usage, "expected a part such as 2/8 (1 to 8 of 8), got '{}'", text);
}
std::string to_text(const Shard& shard) { return fmt::format("{}/{}", shard.index, shard.count); }

void from_text(std::string_view text, Extent& extent) {
  std::tie(extent.height, extent.width) = parse_pair(text, 'x', "a height and width such as 28x28");
  if (extent.height < 1 || extent.width < 1)
    fail(ErrorKind::usage, "expected a height and width such as 28x28, got '{}'", text);
}
std::string to_text(const Extent& extent) { return fmt::format("{}x{}", extent.height, extent.width); }

void from_text(std::string_view text, ByteSize& size) {
  constexpr std::pair<std::string_view, uint64_t> units[] = {{"KiB", uint64_t{1} << 10},
                                                             {"MiB", uint64_t{1} << 20},
                                                             {"GiB", uint64_t{1} << 30},
                                                             {"TiB", uint64_t{1} << 40},
                                                             {"kB", 1'000},
                                                             {"KB", 1'000},
                                                             {"MB", 1'000'000},
                                                             {"GB", 1'000'000'000},
                                                             {"TB", 1'000'000'000'000},
                                                             {"B", 1},
                                                             {"", 1}};
  const auto& [suffix, factor] = *std::ranges::find_if(units, [&](const auto& u) { return text.ends_with(u.first); });
  double number = 0;
  parse_number(text.substr(0, text.size() - suffix.size()), number, "a size such as 5GB or 500MiB");
  const double bytes = number * double(factor);
  if (!(bytes >= 1 && bytes < 0x1p63)) fail(ErrorKind::usage, "expected a size such as 5GB or 500MiB, got '{}'", text);
  size.bytes = uint64_t(bytes);
}
std::string to_text(const ByteSize& size) { return size.bytes == 0 ? "" : fmt::format("{}B", size.bytes); }

std::string human(double value, std::string_view unit) {
  constexpr std::array<std::string_view, 6> prefixes{"", "k", "M", "G", "T", "P"};
  size_t p = 0;
  while (std::abs(value) >= 999.5 && p + 1 < prefixes.size()) {
    value /= 1000;
    ++p;
  }
  const std::string number =
      p == 0 && value == std::floor(value) ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
  const std::string suffix = fmt::format("{}{}", prefixes[p], unit);
  return suffix.empty() ? number : number + " " + suffix;
}

}  // namespace athanor
