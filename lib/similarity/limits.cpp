#include "similarity/limits.h"

#include <algorithm>

namespace athanor::similarity {

void from_text(std::string_view text, Limit& limit) {
  const std::vector<std::string> parts = split(text, '=');
  if (parts.size() != 2) fail(ErrorKind::usage, "expected MEASURE=VALUE, got '{}'", text);
  limit.measure = parts[0];
  athanor::from_text(parts[1], limit.value);
}
std::string to_text(const Limit& limit) { return limit.measure + "=" + athanor::to_text(limit.value); }
std::string metavar(const Limit&) { return "MEASURE=VALUE"; }

void Limits::fields(Fields& v) {
  v.many("--fail-above", above, "exit code 1 when this figure is larger");
  v.many("--fail-below", below, "exit code 1 when this figure is smaller");
}

void Limits::check(const std::vector<std::string>& names) const {
  for (const auto* limits : {&above, &below})
    for (const Limit& limit : *limits)
      if (std::ranges::find(names, limit.measure) == names.end())
        fail(ErrorKind::usage, "there is no figure '{}' to judge by; --measures gives {}", limit.measure,
             fmt::join(names, ", "));
}

bool Limits::hold(const std::vector<Figure>& figures) const {
  return std::ranges::all_of(figures, [&](const Figure& f) {
    const auto named = [&](const Limit& limit) { return limit.measure == f.measure; };
    return std::ranges::none_of(above, [&](const Limit& l) { return named(l) && !(f.value <= l.value); }) &&
           std::ranges::none_of(below, [&](const Limit& l) { return named(l) && !(f.value >= l.value); });
  });
}

}  // namespace athanor::similarity
