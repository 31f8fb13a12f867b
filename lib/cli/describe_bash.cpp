#include <fmt/format.h>

#include <algorithm>

#include "cli/describe.h"

namespace athanor::cli {
namespace {

// @NAME@, @FUNCTION@, @OPTIONS@, @VALUES@ and @ARGUMENTS@ are filled in. Readline gives `--name=value` as three words
// unless the user has taken = out of COMP_WORDBREAKS.
constexpr std::string_view kScript = R"bash(# bash completion of @NAME@, made by @NAME@ --describe=bash
@FUNCTION@() {
  local IFS=$' \t\n' current=${COMP_WORDS[COMP_CWORD]-} option='' before='' ended='' word i
  local -a words=()
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; ++i)); do
    if [[ ${COMP_WORDS[i]} == -- ]]; then ended=yes; fi
  done
  if [[ -z $ended ]]; then
    if [[ $current == --*=* ]]; then
      option=${current%%=*} before=${current%%=*}= current=${current#*=}
    elif [[ $current == = ]]; then
      option=${COMP_WORDS[COMP_CWORD - 1]} current=''
    elif ((COMP_CWORD > 2)) && [[ ${COMP_WORDS[COMP_CWORD - 1]} == = ]]; then
      option=${COMP_WORDS[COMP_CWORD - 2]}
    elif ((COMP_CWORD > 1)); then
      option=${COMP_WORDS[COMP_CWORD - 1]}
    fi
  fi
  case $option in
@VALUES@    *)
      if [[ -z $ended && $current == -* ]]; then
        words=(@OPTIONS@)
      else
        @ARGUMENTS@
      fi
      ;;
  esac
  for word in ${words[@]+"${words[@]}"}; do
    if [[ $word == "$current"* ]]; then COMPREPLY+=("$before$word"); fi
  done
}
complete -F @FUNCTION@ @NAME@
)bash";

void replace_all(std::string& text, std::string_view mark, std::string_view with) {
  for (size_t at = 0; (at = text.find(mark, at)) != text.npos; at += with.size()) text.replace(at, mark.size(), with);
}

std::string words_of(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + shell_quoted(word);
  return text;
}

/// Commands that offer what a value may be. File names are left to readline, which knows about ~, blanks and folders,
/// unless they stand behind `--name=` in one word.
std::string offer(const Entry& entry, const std::string& indent) {
  switch (entry.offer) {
    case Offer::nothing: return ":";
    case Offer::choices: {
      const std::string words = "words=(" + words_of(entry.field.rule.choices) + ")";
      if (!entry.field.commas) return words;
      return "if [[ $current == *,* ]]; then before+=${current%,*}, current=${current##*,}; fi\n" + indent + words;
    }
    case Offer::files:
    case Offer::folders: break;
  }
  const bool folders = entry.offer == Offer::folders;
  return fmt::format(
      "if [[ -n $before ]]; then\n{0}  mapfile -t words < <(compgen -{1} -- \"$current\")\n{0}else\n"
      "{0}  compopt -o {2} 2>/dev/null || :\n{0}fi",
      indent, folders ? 'd' : 'f', folders ? "dirnames" : "default");
}

/// The cases of all options with a value; those that offer the same share one.
std::string cases(const std::vector<Entry>& options) {
  std::vector<std::pair<std::string, std::vector<std::string>>> names_by_offer;
  for (const Entry& option : options) {
    if (!option.takes_value()) continue;
    const std::string body = offer(option, "      ");
    auto group = std::ranges::find(names_by_offer, body, [](const auto& pair) { return pair.first; });
    if (group == names_by_offer.end()) group = names_by_offer.insert(group, {body, {}});
    group->second.insert(group->second.end(), option.names.begin(), option.names.end());
  }
  std::string text;
  for (const auto& [body, names] : names_by_offer)
    text += fmt::format("    {})\n      {}\n      ;;\n", fmt::join(names, " | "), body);
  return text;
}

}  // namespace

std::string bash_completion(const Page& page) {
  const std::vector<Entry> options = all_options(page);
  std::vector<std::string> names;
  for (const Entry& option : options) names.insert(names.end(), option.names.begin(), option.names.end());
  std::string script(kScript);
  replace_all(script, "@VALUES@", cases(options));
  replace_all(script, "@OPTIONS@", fmt::format("{}", fmt::join(names, " ")));
  replace_all(script, "@ARGUMENTS@", page.arguments.empty() ? ":" : offer(page.arguments.back(), "        "));
  replace_all(script, "@FUNCTION@", function_name(page));
  replace_all(script, "@NAME@", page.spec.name);
  return script;
}

}  // namespace athanor::cli
