// What figures must keep to for a comparison to be good.
#pragma once

#include "similarity/comparison.h"

namespace athanor::similarity {

/// "frechet=12.5".
struct Limit {
  std::string measure;
  double value = 0;
};
void from_text(std::string_view text, Limit& limit);
std::string to_text(const Limit& limit);
std::string metavar(const Limit& limit);

struct Limits {
  std::vector<Limit> above, below;  ///< figures are at most, at least
  void fields(Fields& v);
  /// Throws Error{usage}: a limit for none of these figures.
  void check(const std::vector<std::string>& names) const;
  /// Whether all figures keep theirs; NaN keeps none.
  bool hold(const std::vector<Figure>& figures) const;
};

}  // namespace athanor::similarity
