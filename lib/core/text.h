// Values as words of a command line, and back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace athanor {

/// Each from_text reads the whole of `text` and throws Error{usage, "expected …, got '…'"} otherwise; a type
/// becomes usable as an option by overloading the pair for it in its own namespace.
void from_text(std::string_view text, int64_t& value);
void from_text(std::string_view text, uint64_t& value);
/// Finite or infinite decimal numbers; NaN is refused.
void from_text(std::string_view text, double& value);
void from_text(std::string_view text, std::string& value);
std::string to_text(int64_t value);
std::string to_text(uint64_t value);
/// The shortest decimal that reads back to the same double.
std::string to_text(double value);
std::string to_text(const std::string& value);

/// Splits at `separator`; "" gives no parts.
std::vector<std::string> split(std::string_view text, char separator);

/// A list of whole numbers with ranges: "0,3-5,7".
struct IndexList {
  std::vector<int64_t> values;
};
void from_text(std::string_view text, IndexList& list);
std::string to_text(const IndexList& list);

/// Part `index` (1-based) of `count`: "2/8".
struct Shard {
  int64_t index = 1, count = 1;
  /// The half-open range of {0..n-1} that is this part's; parts differ in size by one at most.
  std::pair<int64_t, int64_t> of(int64_t n) const;
};
void from_text(std::string_view text, Shard& shard);
std::string to_text(const Shard& shard);

/// A height and a width: "28x28".
struct Extent {
  int64_t height = 0, width = 0;
};
void from_text(std::string_view text, Extent& extent);
std::string to_text(const Extent& extent);

/// A number of bytes: "5GB" (10⁹ bytes), "500MiB" (2²⁰), "1000". Empty text for none.
struct ByteSize {
  uint64_t bytes = 0;
};
void from_text(std::string_view text, ByteSize& size);
std::string to_text(const ByteSize& size);

/// Comma-separated lists and values that may be absent ("" when absent).
template <class T>
void from_text(std::string_view text, std::vector<T>& list) {
  list.clear();
  for (const std::string& part : split(text, ',')) from_text(part, list.emplace_back());
}
template <class T>
std::string to_text(const std::vector<T>& list) {
  std::string text;
  for (const T& value : list) text += (text.empty() ? "" : ",") + to_text(value);
  return text;
}
template <class T>
void from_text(std::string_view text, std::optional<T>& value) {
  from_text(text, value.emplace());
}
template <class T>
std::string to_text(const std::optional<T>& value) {
  return value ? to_text(*value) : "";
}

/// "1.1 M", "840 B": three digits and a decimal prefix.
std::string human(double value, std::string_view unit = "");

}  // namespace athanor
