#include <fmt/format.h>

#include "cli/describe.h"
#include "core/version.h"

namespace athanor::cli {
namespace {

/// Of the version's manual: it changes with the version and not with each build.
constexpr std::string_view kDate = "2026-11-23";

/// The code point that begins at text[i], which is moved behind it.
uint32_t next_code_point(std::string_view text, size_t& i) {
  const auto lead = static_cast<unsigned char>(text[i++]);
  const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
  uint32_t code = more == 0 ? lead : lead & (0x3fu >> more);
  for (int k = 0; k < more && i < text.size(); ++k) code = code << 6 | (static_cast<unsigned char>(text[i++]) & 0x3fu);
  return code;
}

/// Text as roff shows it character by character, so that what is copied from the page works: a bare - would be a
/// hyphen, and bare quotes curly ones. Stands within text lines and in quoted arguments of macros alike.
std::string escaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const uint32_t code = next_code_point(text, i);
    switch (code) {
      case '\\': out += "\\e"; break;
      case '-': out += "\\-"; break;
      case '\'': out += "\\(aq"; break;
      case '`': out += "\\(ga"; break;
      case '^': out += "\\(ha"; break;
      case '~': out += "\\(ti"; break;
      case '"': out += "\\(dq"; break;
      default: out += code < 0x80 ? std::string(1, char(code)) : fmt::format("\\[u{:04X}]", code);
    }
  }
  return out;
}

/// Whole lines of escaped text, of which none may be taken for a request.
std::string lines(const std::string& roff) {
  std::string out;
  for (size_t i = 0; i < roff.size(); ++i) {
    if (roff[i] == '.' && (i == 0 || roff[i - 1] == '\n')) out += "\\&";
    out += roff[i];
  }
  return out;
}

std::string bold(std::string_view text) { return "\\fB" + escaped(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + escaped(text) + "\\fR"; }

std::string prose(std::string_view text) {
  std::string out;
  for (const Run& run : runs_of(text)) out += run.literal ? bold(run.text) : escaped(run.text);
  return lines(out);
}

/// As it stands, indented.
std::string typed(const std::string& text) { return ".RS 4\n.EX\n" + lines(escaped(text)) + "\n.EE\n.RE\n"; }

std::string paragraph(const Paragraph& part) { return part.kept ? typed(part.text) : prose(part.text) + "\n"; }

std::string paragraphs(const std::string& text) {
  std::string out;
  for (const Paragraph& part : paragraphs_of(text)) out += (out.empty() || part.kept ? "" : ".PP\n") + paragraph(part);
  return out;
}

std::string tagged(const std::string& tag, const std::string& text) { return ".TP\n" + tag + "\n" + text + "\n"; }

std::string entries(const std::vector<Entry>& list) {
  std::string out;
  for (const Entry& entry : list) {
    std::string tag;
    for (const std::string& name : entry.names)
      tag += (tag.empty() ? "" : ", ") + (entry.field.positional() ? italic(name) : bold(name));
    if (!entry.value.empty()) tag += " " + italic(entry.value);
    out += tagged(tag, prose(entry.field.help + (entry.limits.empty() ? "" : " (" + entry.limits + ")")));
  }
  return out;
}

std::string options(const Page& page) {
  std::string out = ".SH OPTIONS\n";
  for (const Section& section : page.options) {
    if (page.options.size() > 1 && section.heading != "Options")
      out += fmt::format(".SS \"{}\"\n", escaped(section.heading));
    out += entries(section.entries);
  }
  return out;
}

std::string examples(const Spec& spec) {
  std::string out;
  for (const Example& example : spec.examples)
    out += (out.empty() ? "" : ".PP\n") + prose(example.meaning) + "\n.PP\n" + typed(example.command);
  return out.empty() ? "" : ".SH EXAMPLES\n" + out;
}

std::string exit_status(const Page& page) {
  std::string out = ".SH \"EXIT STATUS\"\n";
  for (const ExitCode& exit : page.exit_codes) out += tagged(bold(exit.code), prose(exit.meaning));
  return out;
}

std::string references(const Spec& spec) {
  std::string out;
  for (const std::string& reference : spec.references) out += (out.empty() ? "" : ".PP\n") + prose(reference) + "\n";
  return out.empty() ? "" : ".SH REFERENCES\n" + out;
}

std::string see_also(const Spec& spec) {
  std::string out;
  for (const std::string& tool : spec.see_also)
    out += fmt::format(".BR {} (1){}\n", escaped(tool), &tool == &spec.see_also.back() ? "" : ",");
  return out.empty() ? "" : ".SH \"SEE ALSO\"\n" + out;
}

}  // namespace

std::string man_page(const Page& page) {
  const Spec& spec = page.spec;
  std::string upper = spec.name;
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? char(c - 32) : c;
  std::string out = fmt::format(".TH \"{}\" 1 {} \"Athanor {}\" \"Athanor\"\n.nh\n.ad l\n", escaped(upper), kDate,
                                escaped(version()));
  out += fmt::format(".SH NAME\n{} \\- {}\n", escaped(spec.name), escaped(spec.synopsis));
  out += fmt::format(".SH SYNOPSIS\n{} {}\n", bold(spec.name), escaped(page.usage));
  if (!spec.description.empty()) out += ".SH DESCRIPTION\n" + paragraphs(spec.description);
  if (!page.arguments.empty()) out += ".SH ARGUMENTS\n" + entries(page.arguments);
  out += options(page) + examples(spec) + exit_status(page);
  out += ".SH FILES\n" + prose(page.streams) + "\n";
  return out + references(spec) + see_also(spec);
}

}  // namespace athanor::cli
