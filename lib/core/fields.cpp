#include "core/fields.h"

#include <algorithm>

#include "core/error.h"

namespace athanor {

Rule at_least(double low) {
  return {.text = fmt::format("at least {}", low), .holds = [low](double v) { return v >= low; }, .choices = {}};
}
Rule more_than(double low) {
  return {.text = fmt::format("more than {}", low), .holds = [low](double v) { return v > low; }, .choices = {}};
}
Rule between(double low, double high) {
  return {.text = fmt::format("{} to {}", low, high),
          .holds = [low, high](double v) { return v >= low && v <= high; },
          .choices = {}};
}
Rule one_of(std::vector<std::string> choices) {
  std::string text = fmt::format("{}", fmt::join(choices, ", "));
  return {.text = std::move(text), .holds = {}, .choices = std::move(choices)};
}

std::string Field::label() const {
  const std::vector<std::string> all = split(names, ',');
  return *std::ranges::max_element(all, {}, &std::string::size);
}

namespace detail {

void check_rule(const Rule& rule, const std::string& text, double value) {
  if (rule.holds && !rule.holds(value)) fail(ErrorKind::usage, "must be {}, got '{}'", rule.text, text);
}
void check_rule(const Rule& rule, const std::string& text, const std::string& value) {
  if (!rule.choices.empty() && std::ranges::find(rule.choices, value) == rule.choices.end())
    fail(ErrorKind::usage, "must be one of {}, got '{}'", rule.text, text);
}

}  // namespace detail

void Fields::opt(std::string names, bool& value, std::string help) {
  Field& field = list_.emplace_back();
  field.names = std::move(names);
  field.help = std::move(help);
  field.group = heading_;
  field.kind = FieldKind::flag;
  field.set = [&value](std::span<const std::string>) { value = true; };
  field.get = [&value] { return value ? std::vector<std::string>{""} : std::vector<std::string>{}; };
}

}  // namespace athanor
