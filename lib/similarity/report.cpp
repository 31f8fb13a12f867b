#include "similarity/report.h"

namespace athanor::similarity {
namespace {

using nlohmann::ordered_json;

std::string number(std::optional<double> value) { return value ? fmt::format("{:.5g}", *value) : "-"; }

std::string rows(int64_t reference, int64_t samples) {
  return fmt::format("{} / {}", reference == 0 ? "-" : std::to_string(reference), samples);
}

ordered_json rows(int64_t count) { return count == 0 ? ordered_json() : ordered_json(count); }

}  // namespace

std::vector<std::vector<std::string>> cells(const std::vector<Figure>& figures, bool intervals) {
  std::vector<std::vector<std::string>> table{{"measure", ">value", ">error"}};
  if (intervals) table[0].insert(table[0].end(), {">from", ">to"});
  table[0].insert(table[0].end(), {">floor", ">its N", ">N real / samples", "features"});
  for (const Figure& f : figures) {
    std::vector<std::string>& line = table.emplace_back();
    line = {f.measure, number(f.value), number(f.error)};
    if (intervals)
      line.insert(line.end(),
                  {f.confidence ? number(f.confidence->low) : "-", f.confidence ? number(f.confidence->high) : "-"});
    line.insert(line.end(),
                {f.floor ? number(f.floor->value) : "-", f.floor ? rows(f.floor->reference, f.floor->samples) : "-",
                 rows(f.reference, f.samples), f.features});
  }
  return table;
}

ordered_json to_json(const std::vector<Figure>& figures) {
  ordered_json all = ordered_json::array();
  for (const Figure& f : figures) {
    ordered_json& one = all.emplace_back(ordered_json{
        {"measure", f.measure}, {"value", f.value}, {"error", nullptr}, {"interval", nullptr}, {"floor", nullptr}});
    if (f.error) one["error"] = *f.error;
    if (f.confidence) one["interval"] = {f.confidence->low, f.confidence->high};
    if (f.floor)
      one["floor"] = {
          {"value", f.floor->value}, {"reference", rows(f.floor->reference)}, {"samples", f.floor->samples}};
    one["reference"] = rows(f.reference);
    one["samples"] = f.samples;
    one["features"] = f.features;
  }
  return all;
}

}  // namespace athanor::similarity
