// The forms in which a tool describes itself: its help, and what --describe prints.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/page.h"

namespace athanor::cli {

/// man, markdown, bash, zsh, fish, json.
std::vector<std::string> description_forms();
/// `form` is one of description_forms().
std::string describe(const Page& page, std::string_view form);

/// Synopsis, usage, description, arguments, options under their headings, examples, exit codes, references and see
/// also, wrapped at 80 columns.
std::string help_page(const Page& page);

/// A page of section 1 in the macros of man(7), in ASCII.
std::string man_page(const Page& page);

/// A page for docs/tools; what it links to stands beside it.
std::string markdown_page(const Page& page);

/// Scripts that complete options, choices and file names. zsh's and fish's show what an option means. All that they
/// define is one function whose name begins with _athanor_, fish's nothing.
std::string bash_completion(const Page& page);
std::string zsh_completion(const Page& page);
std::string fish_completion(const Page& page);

/// One object, UTF-8, indented by two:
///
///     name, synopsis, usage, description     strings
///     examples                               [{command, meaning}]
///     references, see_also                   [string]
///     exit_codes                             [{code, meaning}]; code is a string, as in "128 + N"
///     fields                                 [object], arguments first, then options by group:
///       names       [string]: ["-n", "--count"]; an argument's is ["input"]
///       positional  whether it is an argument
///       kind        "value", "flag", "input", "output" or "resumable" (an output that a run may go on with)
///       metavar     string, "" of a flag
///       required    bool
///       list        every word (of an option: every time it is given) is one value more
///       commas      a word holds values with commas between them
///       default     string, as one would type it; null when there is none
///       rule        string, what a value must be: "at least 1"; null when anything goes
///       choices     [string]; empty when the rule is no list of words
///       help        string
///       group       string, the heading
///
/// Keys may be added, none of these is renamed or removed.
std::string json_description(const Page& page);

/// Words of `text` on lines of at most `columns` (in characters, not bytes), each after `indent` spaces. A line of
/// `text` that begins with a space is kept as it is; an empty line stays.
std::string wrap(const std::string& text, size_t indent, size_t columns = 80);

}  // namespace athanor::cli
