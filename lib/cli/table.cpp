#include "cli/table.h"

#include <fmt/format.h>

#include <algorithm>

namespace athanor::cli {

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::string> headings = rows.front();
  std::vector<bool> right;
  for (std::string& heading : headings) {
    right.push_back(heading.starts_with('>'));
    if (right.back()) heading.erase(0, 1);
  }
  const auto row = [&](size_t r) -> const std::vector<std::string>& { return r == 0 ? headings : rows[r]; };
  std::vector<size_t> widths(headings.size());
  for (size_t r = 0; r < rows.size(); ++r)
    for (size_t c = 0; c < widths.size(); ++c) widths[c] = std::max(widths[c], fmt::formatted_size("{}", row(r)[c]));
  std::string text;
  for (size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (size_t c = 0; c < widths.size(); ++c) {
      line += c == 0 ? "" : "  ";
      line += right[c] ? fmt::format("{:>{}}", row(r)[c], widths[c]) : fmt::format("{:<{}}", row(r)[c], widths[c]);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

}  // namespace athanor::cli
