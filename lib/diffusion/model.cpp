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
  try {
    return {.file = std::move(file),
            .config = read_config(layout.metadata),
            .history = io::read_history(layout.metadata),
            .record = {.name = std::filesystem::path(model.path).filename(),
                       .bytes = layout.header_bytes + layout.payload_bytes(),
                       .header_sha256 = layout.header_sha256}};
  } catch (const Error& error) {
    throw error.in(model.name());
  }
}

}  // namespace athanor::diffusion
