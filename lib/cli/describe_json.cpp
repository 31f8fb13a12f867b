#include <nlohmann/json.hpp>

#include "cli/describe.h"

namespace athanor::cli {
namespace {

using nlohmann::ordered_json;

std::string_view kind_name(FieldKind kind) {
  switch (kind) {
    case FieldKind::value: return "value";
    case FieldKind::flag: return "flag";
    case FieldKind::input: return "input";
    case FieldKind::output: return "output";
    case FieldKind::resumable: return "resumable";
  }
  return "";
}

ordered_json text_or_null(const std::string& text) { return text.empty() ? ordered_json(nullptr) : ordered_json(text); }

ordered_json field_object(const Field& field, const std::string& heading) {
  return {{"names", split(field.names, ',')},
          {"positional", field.positional()},
          {"kind", kind_name(field.kind)},
          {"metavar", field.metavar},
          {"required", field.required},
          {"list", field.list},
          {"commas", field.commas},
          {"default", text_or_null(field.initial)},
          {"rule", text_or_null(field.rule.text)},
          {"choices", field.rule.choices},
          {"help", field.help},
          {"group", heading}};
}

}  // namespace

std::string json_description(const Page& page) {
  ordered_json json{{"name", page.spec.name},
                    {"synopsis", page.spec.synopsis},
                    {"usage", page.spec.name + " " + page.usage},
                    {"description", page.spec.description},
                    {"examples", ordered_json::array()},
                    {"references", page.spec.references},
                    {"see_also", page.spec.see_also},
                    {"exit_codes", ordered_json::array()},
                    {"fields", ordered_json::array()}};
  for (const Example& example : page.spec.examples)
    json["examples"].push_back({{"command", example.command}, {"meaning", example.meaning}});
  for (const ExitCode& exit : page.exit_codes)
    json["exit_codes"].push_back({{"code", exit.code}, {"meaning", exit.meaning}});
  for (const Entry& argument : page.arguments) json["fields"].push_back(field_object(argument.field, "Arguments"));
  for (const Section& section : page.options)
    for (const Entry& option : section.entries) json["fields"].push_back(field_object(option.field, section.heading));
  return json.dump(2) + "\n";
}

}  // namespace athanor::cli
