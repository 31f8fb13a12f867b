// What a comparison of two checkpoints has found, in figures and words.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cosine/agreement.h"
#include "cosine/ranking.h"

namespace athanor::cosine {

/// The parts by which a global cosine falls below the local ones.
struct Paradox {
  std::vector<std::string> parts;  ///< without them nine tenths of what W lacks are gone; at most eight
  double profile, cosine;          ///< W and C without them
};

/// Of the cosines' quantiles, which are known by then.
struct Figures {
  const Agreement& agreement;
  double median, fifth;  ///< of c_g; fifth: the 5 % quantile
  std::optional<Paradox> paradox;
};
/// A paradox is C below the 5 % quantile of the local cosines.
Figures figures_of(Agreement& agreement, const Grouping& grouping);

/// global | min | pNN: which cosine a limit is for.
struct Level {
  std::string text = "global";
  std::optional<double> percent = {};
};
void from_text(std::string_view text, Level& level);
std::string to_text(const Level& level);
inline std::string metavar(const Level&) { return "LEVEL"; }
double cosine_at(const Level& level, Agreement& agreement, const Grouping& grouping);

/// Name and value of each figure, and below them what was left out; `update` says that y is a gradient.
std::vector<std::vector<std::string>> summary(const Figures& figures, bool update);
/// Rows of cells as cli::table takes them.
std::vector<std::vector<std::string>> cells(const std::vector<Ranked>& groups, const Figures& figures, bool update);
nlohmann::ordered_json to_json(const Figures& figures, const std::vector<Ranked>& groups, bool update);
/// A heading, and the line of a group: name,elements,cosine,one_minus_cosine,ratio,norm_a,norm_b,product.
std::string csv_heading();
std::string csv_line(const GroupName& name, const array::Products& group);

}  // namespace athanor::cosine
