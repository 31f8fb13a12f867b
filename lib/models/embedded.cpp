#include "models/embedded.h"

#include <array>

// Defined in embedded.S: the file's first byte and the byte after its last.
extern "C" const std::byte athanor_model_digits_begin[], athanor_model_digits_end[];

namespace athanor::models {
namespace {

struct Model {
  std::string_view name;
  const std::byte *begin, *end;
};
const std::array<Model, 1> kModels{{{"digits", athanor_model_digits_begin, athanor_model_digits_end}}};

}  // namespace

std::span<const std::byte> find(std::string_view name) {
  for (const Model& model : kModels)
    if (model.name == name) return {model.begin, model.end};
  return {};
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const Model& model : kModels) all.emplace_back(model.name);
  return all;
}

}  // namespace athanor::models
