#include "checkpoint/selection.h"

#include <algorithm>

#include "core/check.h"
#include "io/layout.h"

namespace athanor::checkpoint {
namespace {

constexpr size_t kLongestName = 1000;  // std::regex recurses once a character

void check_length(const std::string& name) {
  require(name.size() <= kLongestName, "tensor {}: its name is too long for a regular expression", io::in_quotes(name));
}

}  // namespace

bool Pattern::matches(const std::string& name) const {
  check_length(name);
  return std::regex_search(name, regex);
}

void from_text(std::string_view text, Pattern& pattern) {
  try {
    pattern = {.text = std::string(text), .regex = std::regex(text.begin(), text.end(), std::regex::ECMAScript)};
  } catch (const std::regex_error&) {
    fail(ErrorKind::usage, "expected a regular expression, got '{}'", text);
  }
}
std::string to_text(const Pattern& pattern) { return pattern.text; }

void from_text(std::string_view text, Rename& rename) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) fail(ErrorKind::usage, "expected REGEX=TEXT, got '{}'", text);
  from_text(text.substr(0, equals), rename.pattern);
  rename.replacement = text.substr(equals + 1);
}
std::string to_text(const Rename& rename) { return rename.pattern.text + "=" + rename.replacement; }

void Selection::fields(Fields& v) {
  v.many("--include", include, "only tensors in whose names this is found");
  v.many("--exclude", exclude, "no tensors in whose names this is found");
  v.many("--rename", rename, "replace what is found in a name, with \\1 for the first group; each in turn");
}

std::optional<std::string> Selection::operator()(const std::string& name) const {
  const auto found = [&](const Pattern& pattern) { return pattern.matches(name); };
  if (!include.empty() && std::ranges::none_of(include, found)) return std::nullopt;
  if (std::ranges::any_of(exclude, found)) return std::nullopt;
  std::string now = name;
  for (const Rename& r : rename) {
    check_length(now);
    now = std::regex_replace(now, r.pattern.regex, r.replacement, std::regex_constants::format_sed);
  }
  require(!now.empty(), "tensor {}: --rename leaves nothing of its name", io::in_quotes(name));
  return now;
}

}  // namespace athanor::checkpoint
