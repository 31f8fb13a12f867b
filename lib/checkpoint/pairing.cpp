#include "checkpoint/pairing.h"

#include <algorithm>
#include <map>

namespace athanor::checkpoint {
namespace {

using Named = std::map<std::string, const io::TensorInfo*>;

Named named(const io::TensorReader& reader, const Selection& selection) {
  Named tensors;
  for (const io::TensorInfo& tensor : reader.layout().tensors) {
    const std::optional<std::string> name = selection(tensor.name);
    if (!name) continue;
    require(tensors.emplace(*name, &tensor).second, "{}: two tensors are called {}", reader.name(),
            io::in_quotes(*name));
  }
  return tensors;
}

io::TensorInfo renamed(io::TensorInfo tensor, const std::string& name) {
  tensor.name = name;
  return tensor;
}

}  // namespace

Pairing pair_up(io::TensorReader& a, io::TensorReader& b, const Selection& selection) {
  const Named in_a = named(a, selection), in_b = named(b, selection);
  Pairing found;
  for (const io::TensorInfo& tensor : a.layout().tensors) {
    const std::optional<std::string> name = selection(tensor.name);
    if (!name) continue;
    const auto other = in_b.find(*name);
    if (other == in_b.end())
      found.only_a.push_back(renamed(tensor, *name));
    else
      found.pairs.push_back({.name = *name, .a = tensor, .b = *other->second});
  }
  for (const auto& [name, tensor] : in_b)
    if (!in_a.contains(name)) found.only_b.push_back(renamed(*tensor, name));
  if (!std::ranges::is_sorted(found.pairs, {}, [](const Pair& pair) { return pair.b.offset; })) b.spool();
  return found;
}

}  // namespace athanor::checkpoint
