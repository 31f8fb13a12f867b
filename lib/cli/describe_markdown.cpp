#include <fmt/format.h>

#include "cli/describe.h"

namespace athanor::cli {
namespace {

/// Text that Markdown shows as it is, in a table too.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\`*_<|").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string code(const std::string& text) { return "`" + text + "`"; }

std::string prose(std::string_view text) {
  std::string out;
  for (const Run& run : runs_of(text)) out += run.literal ? code(run.text) : escaped(run.text);
  return out;
}

std::string fenced(const std::string& language, const std::string& text) {
  return "```" + language + "\n" + text + "\n```\n";
}

/// "Put many small images on one sheet."
std::string sentence(std::string text) {
  if (text[0] >= 'a' && text[0] <= 'z') text[0] = char(text[0] - 32);
  return prose(text) + (text.ends_with('.') ? "" : ".");
}

std::string row(const Entry& entry) {
  std::string names;
  for (const std::string& name : entry.names) names += (names.empty() ? "" : ", ") + code(name);
  if (!entry.value.empty()) names += " " + escaped(entry.value);
  return fmt::format("| {} | {} | {} |\n", names, prose(entry.field.help), prose(entry.limits));
}

std::string table(const std::string& what, const std::vector<Entry>& entries) {
  std::string text = "| " + what + " | meaning | value |\n|---|---|---|\n";
  for (const Entry& entry : entries) text += row(entry);
  return text;
}

std::string description(const Spec& spec) {
  std::string text;
  for (const Paragraph& part : paragraphs_of(spec.description))
    text += "\n" + (part.kept ? fenced("text", part.text) : prose(part.text) + "\n");
  return text;
}

std::string options(const Page& page) {
  std::string text = "\n## Options\n";
  for (const Section& section : page.options)
    text += (section.heading == "Options" ? "" : "\n### " + section.heading + "\n") + "\n" +
            table("option", section.entries);
  return text;
}

std::string examples(const Spec& spec) {
  std::string text;
  for (const Example& example : spec.examples)
    text += "\n" + sentence(example.meaning) + "\n\n" + fenced("sh", example.command);
  return text.empty() ? "" : "\n## Examples\n" + text;
}

std::string exit_codes(const Page& page) {
  std::string text = "\n## Exit codes\n\n| code | meaning |\n|---|---|\n";
  for (const ExitCode& exit : page.exit_codes) text += fmt::format("| {} | {} |\n", exit.code, prose(exit.meaning));
  return text;
}

std::string list(const std::string& heading, const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += "- " + item + "\n";
  return text.empty() ? "" : "\n## " + heading + "\n\n" + text;
}

}  // namespace

std::string markdown_page(const Page& page) {
  const Spec& spec = page.spec;
  std::string text = "# " + spec.name + "\n\n" + sentence(spec.synopsis) + "\n\n";
  text += fenced("text", spec.name + " " + page.usage) + description(spec);
  if (!page.arguments.empty()) text += "\n## Arguments\n\n" + table("argument", page.arguments);
  text += options(page) + examples(spec) + exit_codes(page);
  text += "\n## Files and streams\n\n" + prose(page.streams) + " More in [streams](../streams.md).\n";
  std::vector<std::string> references, pages;
  for (const std::string& reference : spec.references) references.push_back(prose(reference));
  for (const std::string& tool : spec.see_also) pages.push_back(fmt::format("[{}]({}.md)", tool, tool));
  return text + list("References", references) + list("See also", pages);
}

}  // namespace athanor::cli
