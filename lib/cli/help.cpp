#include "cli/help.h"

#include <fmt/format.h>

#include <algorithm>

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

std::string left_side(const Field& field) {
  if (field.positional()) {
    std::string name = field.names;
    std::ranges::transform(name, name.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
    return name + (field.list ? "..." : "");
  }
  const std::vector<std::string> names = split(field.names, ',');
  std::string text = names.front().starts_with("--") ? "    " : "";  // long names stand below each other
  for (const std::string& name : names) text += (&name == &names.front() ? "" : ", ") + name;
  return field.kind == FieldKind::flag ? text : text + " " + field.metavar;
}

/// "(at least 1; default 16)".
std::string limits_of(const Field& field) {
  std::vector<std::string> parts;
  if (!field.rule.choices.empty())
    parts.push_back("one of " + field.rule.text);
  else if (!field.rule.text.empty())
    parts.push_back(field.rule.text);
  if (field.required) parts.emplace_back("required");
  if (!field.required && !field.initial.empty()) parts.push_back("default " + field.initial);
  return parts.empty() ? "" : fmt::format(" ({})", fmt::join(parts, "; "));
}

std::string entry(const std::string& left, const std::string& text) {
  std::string right = wrap(text, kTextColumn);
  const std::string start = "  " + left;
  if (width_of(start) + 2 > kTextColumn) return start + "\n" + right;
  return start + right.substr(width_of(start));
}

template <class Wanted>
std::string entries(const std::string& heading, const std::vector<Field>& fields, Wanted wanted) {
  std::string text;
  for (const Field& field : fields)
    if (wanted(field)) text += entry(left_side(field), field.help + limits_of(field));
  return text.empty() ? "" : "\n" + heading + ":\n" + text;
}

std::string usage(const Spec& spec, const std::vector<Field>& fields) {
  std::string text = "Usage: " + spec.name + " [OPTIONS]";
  for (const Field& field : fields)
    if (field.required && !field.positional())
      text += fmt::format(" {} {}", split(field.names, ',').front(), field.metavar);
  for (const Field& field : fields)
    if (field.positional()) text += field.required ? " " + left_side(field) : " [" + left_side(field) + "]";
  return text + "\n";
}

std::string options(const std::vector<Field>& fields) {
  std::vector<std::string> headings;
  for (const Field& field : fields)
    if (!field.positional() && std::ranges::count(headings, field.group) == 0) headings.push_back(field.group);
  std::string text;
  for (const std::string& heading : headings)
    text += entries(heading.empty() ? "Options" : heading, fields,
                    [&](const Field& f) { return !f.positional() && f.group == heading; });
  return text;
}

std::string examples(const Spec& spec) {
  std::string text;
  for (const Example& example : spec.examples)
    text += (text.empty() ? "" : "\n") + wrap(example.meaning, 2) + "      " + example.command + "\n";
  return text.empty() ? "" : "\nExamples:\n" + text;
}

std::string exit_codes() {
  return "\nExit codes:\n" + entry("0", "done") + entry("1", "the verdict is no (only tools that check something)") +
         entry("2", "the command line is wrong") +
         entry("3", "failed: data, input or output, device, network; also a missing input or an output that exists") +
         entry("128 + N", "ended by signal N");
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

std::string help_page(const Spec& spec, const std::vector<Field>& fields) {
  std::string page = wrap(spec.name + ": " + spec.synopsis, 0) + "\n" + usage(spec, fields);
  if (!spec.description.empty()) page += "\n" + wrap(spec.description, 0);
  page += entries("Arguments", fields, [](const Field& field) { return field.positional(); });
  page += options(fields) + examples(spec) + exit_codes() + list("References", spec.references);
  if (!spec.see_also.empty()) page += list("See also", {fmt::format("{}", fmt::join(spec.see_also, ", "))});
  return page;
}

}  // namespace athanor::cli
