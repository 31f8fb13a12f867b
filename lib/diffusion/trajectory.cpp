#include "diffusion/trajectory.h"

namespace athanor::diffusion {
namespace {

constexpr std::string_view kSigmas = "sigmas", kStates = "trajectory";

io::TensorWriter open(const io::Sink& sink, io::Existing existing, const Grid& grid, int64_t count, const Shape& shape,
                      const io::History& history) {
  const auto levels = int64_t(grid.size());
  Shape states{levels, count};
  states.insert(states.end(), shape.begin(), shape.end());
  io::Metadata metadata;
  io::write_history(history, metadata);
  return {sink,
          existing,
          "safetensors",
          {{.name = std::string(kSigmas), .dtype = DType::f64, .shape = {levels}},
           {.name = std::string(kStates), .dtype = DType::f32, .shape = states}},
          metadata};
}

}  // namespace

TrajectoryWriter::TrajectoryWriter(const io::Sink& sink, io::Existing existing, const Grid& grid, int64_t count,
                                   const Shape& shape, const io::History& history)
    : writer_(open(sink, existing, grid, count, shape, history)) {
  writer_.write(kSigmas, std::as_bytes(std::span(grid)));  // the widest type comes first
}

void TrajectoryWriter::write(const State& x) {
  const Eigen::Array<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> rows = x.cast<float>();
  writer_.write(kStates, std::as_bytes(std::span(rows.data(), size_t(rows.size()))));
}

}  // namespace athanor::diffusion
