#include <fmt/format.h>

#include <algorithm>

#include "cli/describe.h"

namespace athanor::cli {
namespace {

constexpr size_t kTextColumn = 26;

/// Characters of UTF-8 text.
size_t width_of(std::string_view text) {
  return size_t(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

void wrap_line(std::string_view line, size_t indent, size_t columns, std::string& out) {
  size_t used = 0;
  for (const std::string& word : split(line, ' ')) {
    if (word.empty()) continue;
    if (used > 0 && used + 1 + width_of(word) > columns) {
      out += '\n';
      used = 0;
    }
    out += used == 0 ? std::string(indent, ' ') : " ";
    used = (used == 0 ? indent : used + 1) + width_of(word);
    out += word;
  }
  out += '\n';
}

/// "  -n, --count INT"; long names stand below each other.
std::string left_side(const Entry& entry) {
  const bool only_long = entry.names.front().starts_with("--");
  return fmt::format("{}{}{}{}", only_long ? "    " : "", fmt::join(entry.names, ", "), entry.value.empty() ? "" : " ",
                     entry.value);
}

std::string beside(const std::string& left, const std::string& text) {
  std::string right = wrap(text, kTextColumn);
  const std::string start = "  " + left;
  if (width_of(start) + 2 > kTextColumn) return start + "\n" + right;
  return start + right.substr(width_of(start));
}

std::string section(const std::string& heading, const std::vector<Entry>& entries) {
  std::string text;
  for (const Entry& entry : entries)
    text += beside(left_side(entry), entry.field.help + (entry.limits.empty() ? "" : " (" + entry.limits + ")"));
  return text.empty() ? "" : "\n" + heading + ":\n" + text;
}

std::string examples(const Spec& spec) {
  std::string text;
  for (const Example& example : spec.examples)
    text += (text.empty() ? "" : "\n") + wrap(example.meaning, 2) + "      " + example.command + "\n";
  return text.empty() ? "" : "\nExamples:\n" + text;
}

std::string exit_codes(const Page& page) {
  std::string text = "\nExit codes:\n";
  for (const ExitCode& exit : page.exit_codes) text += beside(exit.code, exit.meaning);
  return text;
}

std::string list(const std::string& heading, const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += wrap(line, 2);
  return text.empty() ? "" : "\n" + heading + ":\n" + text;
}

}  // namespace

std::string wrap(const std::string& text, size_t indent, size_t columns) {
  std::string out;
  for (const std::string& line : split(text, '\n')) {
    if (line.starts_with(' '))
      out += std::string(indent, ' ') + line + '\n';
    else
      wrap_line(line, indent, columns, out);
  }
  return out;
}

std::string help_page(const Page& page) {
  const Spec& spec = page.spec;
  std::string text = wrap(spec.name + ": " + spec.synopsis, 0) + "\nUsage: " + spec.name + " " + page.usage + "\n";
  if (!spec.description.empty()) text += "\n" + wrap(spec.description, 0);
  text += section("Arguments", page.arguments);
  for (const Section& options : page.options) text += section(options.heading, options.entries);
  text += examples(spec) + exit_codes(page) + list("References", spec.references);
  if (!spec.see_also.empty()) text += list("See also", {fmt::format("{}", fmt::join(spec.see_also, ", "))});
  return text;
}

}  // namespace athanor::cli
