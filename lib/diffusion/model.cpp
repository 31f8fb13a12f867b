#include "diffusion/model.h"

#include <filesystem>

#include "models/embedded.h"

namespace athanor::diffusion {
namespace {

io::TensorReader open_file(const io::Source& model) {
  const std::span<const std::byte> embedded = models::find(model.path);
  if (embedded.empty()) return io::TensorReader::open(model);
  return io::TensorReader(io::Input::memory(embedded, model.path));
}

}  // namespace

Model open_model(const io::Source& model) {
  io::TensorReader file = open_file(model);
  const io::Layout layout = file.layout();
  return in_context(model.name(), [&]() -> Model {
    return {.file = std::move(file),
            .config = read_config(layout.metadata),
            .history = io::read_history(layout.metadata),
            .record = io::record_of(model, layout)};
  });
}

}  // namespace athanor::diffusion
