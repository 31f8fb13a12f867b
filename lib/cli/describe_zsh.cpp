#include <fmt/format.h>

#include "cli/describe.h"

namespace athanor::cli {
namespace {

/// Text within a specification of _arguments.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\:[]").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// ":INT: " and the like; a blank action offers nothing.
std::string value_of(const Entry& entry) {
  const std::string message = ":" + escaped(entry.value.empty() ? entry.names.front() : entry.value) + ":";
  switch (entry.offer) {
    case Offer::nothing: return message + " ";
    case Offer::files: return message + "_files";
    case Offer::folders: return message + "_files -/";
    case Offer::choices: break;
  }
  const std::string choices = fmt::format("{}", fmt::join(entry.field.rule.choices, " "));
  return message + (entry.field.commas ? "_values -s , value " + choices : "(" + choices + ")");
}

/// One line a name: it is not offered again once any name of the option was given, unless it may be given several
/// times.
std::string option_lines(const Entry& option) {
  std::string text;
  const std::string others = option.field.list         ? "*"
                             : option.names.size() > 1 ? fmt::format("({})", fmt::join(option.names, " "))
                                                       : "";
  for (const std::string& name : option.names) {
    const std::string joined = !option.takes_value() ? "" : name.starts_with("--") ? "=" : "+";
    const std::string spec = others + name + joined + "[" + escaped(option.field.help) + "]";
    text += " \\\n    " + shell_quoted(spec + (option.takes_value() ? value_of(option) : ""));
  }
  return text;
}

}  // namespace

std::string zsh_completion(const Page& page) {
  std::string specs;
  for (const Entry& option : all_options(page)) specs += option_lines(option);
  for (const Entry& argument : page.arguments)
    specs += " \\\n    " + shell_quoted((argument.field.list ? "*" : ":") + value_of(argument));
  return fmt::format(
      "#compdef {0}\n# zsh completion of {0}, made by {0} --describe=zsh\n{1}() {{\n  _arguments -s -S{2}\n}}\n"
      "# From a folder of fpath it runs at once; sourced it is only made known.\n"
      "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n  {1} \"$@\"\nelse\n  compdef {1} {0}\nfi\n",
      page.spec.name, function_name(page), specs);
}

}  // namespace athanor::cli
