#include "cli/called.h"

#include <algorithm>
#include <cctype>

namespace athanor::cli {
namespace {

bool is_part_of_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '/'; }

/// The command with the prefix before every word that is one of the names.
std::string renamed(std::string_view command, const std::vector<std::string>& names, std::string_view prefix) {
  std::string text;
  while (!command.empty()) {
    const auto end = std::ranges::find_if_not(command, is_part_of_word);
    const auto length = size_t(end - command.begin());
    if (std::ranges::count(names, command.substr(0, length)) > 0) text += prefix;
    text += command.substr(0, length + 1);  // with the character that ends the word
    command.remove_prefix(std::min(length + 1, command.size()));
  }
  return text;
}

}  // namespace

Spec as_called(Spec spec, std::string_view path) {
  const std::string_view called = path.substr(path.rfind('/') + 1);
  if (!called.ends_with(spec.name) || called == spec.name) return spec;
  const std::string_view prefix = called.substr(0, called.size() - spec.name.size());

  std::vector<std::string> names = spec.see_also;
  names.push_back(spec.name);
  for (Example& example : spec.examples) example.command = renamed(example.command, names, prefix);
  std::vector<std::string> parts = split(spec.description, '`');
  for (size_t i = 1; i < parts.size(); i += 2) parts[i] = renamed(parts[i], names, prefix);
  spec.description = fmt::format("{}", fmt::join(parts, "`"));
  for (std::string& name : spec.see_also) name.insert(0, prefix);
  spec.name.insert(0, prefix);
  return spec;
}

}  // namespace athanor::cli
