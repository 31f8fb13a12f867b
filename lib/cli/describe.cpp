#include "cli/describe.h"

#include <algorithm>
#include <array>

namespace athanor::cli {
namespace {

struct Form {
  std::string_view name;
  std::string (*render)(const Page&);
};
constexpr std::array<Form, 6> kForms{{{"man", man_page},
                                      {"markdown", markdown_page},
                                      {"bash", bash_completion},
                                      {"zsh", zsh_completion},
                                      {"fish", fish_completion},
                                      {"json", json_description}}};

}  // namespace

std::vector<std::string> description_forms() {
  std::vector<std::string> names;
  for (const Form& form : kForms) names.emplace_back(form.name);
  return names;
}

std::string describe(const Page& page, std::string_view form) {
  return std::ranges::find(kForms, form, &Form::name)->render(page);
}

}  // namespace athanor::cli
