// A tool's page, made from its Spec and its fields.
#pragma once

#include <string>
#include <vector>

#include "cli/tool.h"

namespace athanor::cli {

/// Synopsis, usage, description, arguments, options under their headings, examples, exit codes, references and see
/// also, wrapped at 80 columns.
std::string help_page(const Spec& spec, const std::vector<Field>& fields);

/// Words of `text` on lines of at most `columns` (in characters, not bytes), each after `indent` spaces. A line of
/// `text` that begins with a space is kept as it is; an empty line stays.
std::string wrap(const std::string& text, size_t indent, size_t columns = 80);

}  // namespace athanor::cli
