// A tool goes by the name that it is called by, so that an installation may put a prefix before all of them.
#pragma once

#include <string_view>

#include "cli/tool.h"

namespace athanor::cli {

/// The spec of a program that was started as `path` (argv[0]): when the file's name is a prefix and the spec's name
/// ("ath-sample" of sample), that prefix stands before the program's name, before the tools that it refers to, and
/// before all of these where the examples or words in backquotes speak of them. Any other path changes nothing.
Spec as_called(Spec spec, std::string_view path);

}  // namespace athanor::cli
