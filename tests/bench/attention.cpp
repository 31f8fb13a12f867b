// bench-attention: run the engine's attention by itself, for scripts/bench attention; it is not installed.
#include <chrono>
#include <nlohmann/json.hpp>

#include "array/convert.h"
#include "cli/tool.h"
#include "engine/executor.h"
#include "io/tensor_reader.h"
#include "io/tensor_writer.h"

namespace athanor {
namespace {

struct Args {
  io::Source qkv;
  io::Sink out;
  int64_t heads = 4, repeats = 5;
  bool explain = false;
  engine::Options engine;
  void fields(Fields& v) {
    v.required("QKV", qkv, "tensor [N,3C,H,W]: queries, keys and values of N images, each by heads");
    v.required("-o,--output", out, "tensor [N,C,H,W]");
    v.opt("--heads", heads, "heads that C is split into", at_least(1));
    v.opt("--repeats", repeats, "runs that are timed, after one that is not", at_least(1));
    v.opt("--explain", explain, "say what each step costs, and write nothing");
    v.group("Engine", engine);
  }
};

const cli::Spec spec{.name = "bench-attention",
                     .synopsis = "time the engine's attention by itself",
                     .description = "Prints one line of JSON: the seconds of each run."};

arch::Graph attention_alone(const Shape& shape, int64_t heads) {
  arch::Graph graph;
  graph.output(graph.attention(graph.input(shape), heads));
  return graph;
}

std::vector<float> read(io::TensorReader& reader, const io::TensorInfo& info) {
  std::vector<float> values(size_t(info.elements()));
  array::to_float32(info.dtype, reader.read(info), values);
  return values;
}

void run(const Args& args, cli::Context& context) {
  using Clock = std::chrono::steady_clock;
  io::TensorReader reader = io::TensorReader::open(args.qkv);
  require(reader.layout().tensors.size() == 1, "{}: not one tensor", reader.name());
  const io::TensorInfo& info = reader.layout().tensors[0];
  check_shape(info.shape, {"N", "3C", "H", "W"}, reader.name());
  const int64_t channels = info.shape[1] / 3;
  require(info.shape[1] == 3 * channels && channels % args.heads == 0,
          "{}: {} channels are no queries, keys and values", reader.name(), info.shape[1]);
  engine::Executor executor(attention_alone({info.shape[1], info.shape[2], info.shape[3]}, args.heads), {},
                            args.engine);
  if (args.explain) return context.print(executor.explain());

  const std::vector<float> qkv = read(reader, info), noise(size_t(info.shape[0]));
  const Shape shape{info.shape[0], channels, info.shape[2], info.shape[3]};
  std::vector<float> mixed(size_t(element_count(shape)));
  std::vector<double> seconds;
  for (int64_t i = 0; i <= args.repeats; ++i) {
    const Clock::time_point start = Clock::now();
    executor.forward(qkv, noise, {}, mixed);
    if (i > 0) seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  }
  io::TensorWriter writer(args.out, context.existing(), io::tensor_format_of(args.out),
                          {{.name = "mixed", .dtype = DType::f32, .shape = shape}});
  writer.write("mixed", std::as_bytes(std::span(mixed)));
  writer.finish();
  context.print(nlohmann::json{{"seconds", seconds}}.dump() + "\n");
}

}  // namespace
}  // namespace athanor

int main(int argc, char** argv) {
  return athanor::cli::run_tool<athanor::Args>(argc, argv, athanor::spec, athanor::run);
}
