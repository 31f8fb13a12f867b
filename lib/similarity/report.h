// Figures as words: for people, and for programs.
#pragma once

#include <nlohmann/json.hpp>

#include "similarity/comparison.h"

namespace athanor::similarity {

/// Rows of cells as cli::table() takes them, the headings first; with two columns more for intervals. What there is not
/// is "-".
std::vector<std::vector<std::string>> cells(const std::vector<Figure>& figures, bool intervals);

/// [{"measure":"frechet","value":12.5,"error":null,"interval":null,"floor":{…},…}]; what there is not is null.
nlohmann::ordered_json to_json(const std::vector<Figure>& figures);

}  // namespace athanor::similarity
