// The description of a model that a checkpoint carries, and the network that it asks for.
#include "diffusion/checkpoint.h"
#include "fuzz/laws.h"

namespace athanor::fuzz {

void run(Bytes bytes) {
  const auto read = [](const io::Metadata& metadata) { return diffusion::read_config(metadata); };
  const auto config = accepted([&] { return read({{std::string(io::kConfigKey), std::string(text_of(bytes))}}); });
  if (!config) return;
  io::Metadata metadata, again;
  diffusion::write_config(*config, metadata);
  diffusion::write_config(read(metadata), again);
  must(metadata == again, "a config that is written is read again");
  accepted([&] {
    const arch::Graph graph = arch::build(config->network);
    must(graph.parameter_count() >= 0 && graph.flops() >= 0, "a network's costs are no negative numbers");
    return true;
  });
}

}  // namespace athanor::fuzz
