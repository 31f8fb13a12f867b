#include "cli/page.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/files.h"

namespace athanor::cli {
namespace {

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

Offer offer_of(const Field& field) {
  if (!field.rule.choices.empty()) return Offer::choices;
  if (field.metavar == "DIR") return Offer::folders;
  return field.kind == FieldKind::input || is_output(field) ? Offer::files : Offer::nothing;
}

std::string limits_of(const Field& field) {
  std::vector<std::string> parts;
  if (!field.rule.choices.empty())
    parts.push_back("one of " + field.rule.text);
  else if (!field.rule.text.empty())
    parts.push_back(field.rule.text);
  if (field.list && !field.positional()) parts.emplace_back("repeatable");
  if (field.required) parts.emplace_back("required");
  if (!field.required && !field.initial.empty()) parts.push_back("default " + field.initial);
  return fmt::format("{}", fmt::join(parts, "; "));
}

Entry entry_of(const Field& field) {
  Entry entry{.field = field, .limits = limits_of(field), .offer = offer_of(field)};
  if (!field.positional()) {
    entry.names = split(field.names, ',');
    entry.value = field.metavar;
    return entry;
  }
  std::string name = field.names;
  std::ranges::transform(name, name.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
  entry.names = {name + (field.list ? "..." : "")};
  return entry;
}

std::string usage_of(const Page& page) {
  std::string text = "[OPTIONS]";
  for (const Entry& option : all_options(page))
    if (option.field.required) text += fmt::format(" {} {}", option.names.front(), option.value);
  for (const Entry& argument : page.arguments)
    text += argument.field.required ? " " + argument.names.front() : " [" + argument.names.front() + "]";
  return text;
}

std::vector<ExitCode> exit_codes_of(const Spec& spec) {
  std::vector<ExitCode> codes{{"0", "done"}};
  if (!spec.verdict.empty()) codes.push_back({"1", spec.verdict});
  codes.push_back({"2", "the command line is wrong"});
  codes.push_back(
      {"3", "failed: data, input or output, device, network; also a missing input or an output that exists"});
  codes.push_back({"128 + N", "ended by signal N"});
  return codes;
}

std::string streams_of(const std::vector<Field>& fields) {
  std::string text =
      "Where a file is read or written, '-' is standard input or standard output. Formats are recognised by content, "
      "plain or gzipped. Errors, remarks and progress go to standard error.";
  if (has_output(fields))
    text +=
        " An output appears whole under its name or not at all, and one that exists is kept unless --force is given. "
        "It carries the commands that led to it.";
  return text;
}

}  // namespace

Page page_of(const Spec& spec, const std::vector<Field>& fields) {
  Page page{.spec = spec, .exit_codes = exit_codes_of(spec), .streams = streams_of(fields)};
  for (const Field& field : fields) {
    if (field.hidden) continue;
    if (field.positional()) {
      page.arguments.push_back(entry_of(field));
      continue;
    }
    const std::string heading = field.group.empty() ? "Options" : field.group;
    auto section = std::ranges::find(page.options, heading, &Section::heading);
    if (section == page.options.end()) section = page.options.insert(section, {heading, {}});
    section->entries.push_back(entry_of(field));
  }
  page.usage = usage_of(page);
  return page;
}

std::vector<Entry> all_options(const Page& page) {
  std::vector<Entry> all;
  for (const Section& section : page.options) all.insert(all.end(), section.entries.begin(), section.entries.end());
  return all;
}

std::vector<Run> runs_of(std::string_view text) {
  std::vector<Run> runs{{}};
  const auto add = [&runs](std::string_view part, bool literal) {
    if (literal != runs.back().literal) runs.push_back({"", literal});
    runs.back().text += part;
  };
  for (size_t i = 0; i < text.size();) {
    const size_t close = text[i] == '`' ? text.find('`', i + 1) : text.npos;
    size_t end = i + 1;
    const bool word_begins = i == 0 || text[i - 1] == ' ' || text[i - 1] == '(';
    const size_t dashes = text.substr(i, 2) == "--" ? 2 : text[i] == '-' ? 1 : 0;
    if (close != text.npos) {
      add(text.substr(i + 1, close - i - 1), true);
      end = close + 1;
    } else if (word_begins && dashes > 0 && i + dashes < text.size() && letter(text[i + dashes])) {
      end = i + dashes;
      while (end < text.size() && (letter(text[end]) || text[end] == '-' || (text[end] >= '0' && text[end] <= '9')))
        ++end;
      add(text.substr(i, end - i), true);
    } else {
      add(text.substr(i, 1), false);
    }
    i = end;
  }
  return runs;
}

std::vector<Paragraph> paragraphs_of(const std::string& text) {
  std::vector<Paragraph> paragraphs;
  bool open = false;
  for (const std::string& line : split(text, '\n')) {
    const bool kept = line.starts_with(' ');
    if (!line.empty() && open && paragraphs.back().kept == kept)
      paragraphs.back().text += "\n" + line;
    else if (!line.empty())
      paragraphs.push_back({line, kept});
    open = !line.empty();
  }
  return paragraphs;
}

std::string function_name(const Page& page) {
  std::string name = "_athanor_" + page.spec.name;
  std::ranges::replace(name, '-', '_');
  return name;
}

std::string shell_quoted(std::string_view text) {
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

}  // namespace athanor::cli
