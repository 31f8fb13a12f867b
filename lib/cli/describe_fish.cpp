#include <fmt/format.h>

#include <algorithm>

#include "cli/describe.h"

namespace athanor::cli {
namespace {

/// As one word of fish, where only \ and ' are special within single quotes.
std::string fish_quoted(std::string_view text) {
  std::string word = "'";
  for (const char c : text) word += (c == '\'' || c == '\\' ? "\\" : "") + std::string(1, c);
  return word + "'";
}

/// -x: a value follows and it is no file. -r -F: it is one.
std::string value_of(const Entry& entry) {
  switch (entry.offer) {
    case Offer::nothing: return " -x";
    case Offer::files: return " -r -F";
    case Offer::folders: return " -x -a '(__fish_complete_directories)'";
    case Offer::choices: break;
  }
  const std::string choices = fmt::format("{}", fmt::join(entry.field.rule.choices, " "));
  if (!entry.field.commas) return " -x -a " + fish_quoted(choices);
  return " -x -a " + fish_quoted("(__fish_complete_list , 'printf %s\\n " + choices + "')");
}

std::string names_of(const Entry& option) {
  std::string text;
  for (const std::string& name : option.names)
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  return text;
}

}  // namespace

std::string fish_completion(const Page& page) {
  const std::string start = "complete -c " + page.spec.name;
  std::string script = fmt::format("# fish completion of {0}, made by {0} --describe=fish\n", page.spec.name);
  if (std::ranges::none_of(page.arguments, [](const Entry& entry) { return entry.offer == Offer::files; }))
    script += start + " -f\n";
  for (const Entry& option : all_options(page))
    script += start + names_of(option) + (option.takes_value() ? value_of(option) : "") + " -d " +
              fish_quoted(option.field.help) + "\n";
  return script;
}

}  // namespace athanor::cli
