// Rows of words under each other, for people to read.
#pragma once

#include <string>
#include <vector>

namespace athanor::cli {

/// Columns as wide as their widest cell (in characters), two spaces apart; those whose heading begins with '>' (which
/// is not printed) are numbers and stand to the right. The first row holds the headings; all rows have its length.
std::string table(const std::vector<std::vector<std::string>>& rows);

}  // namespace athanor::cli
