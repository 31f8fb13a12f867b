// Networks run on the CPU without LibTorch, as the model interface sees them.
#pragma once

#include <functional>
#include <string>

#include "arch/executor.h"
#include "arch/network.h"
#include "core/fields.h"
#include "engine/lower.h"
#include "io/tensor_reader.h"

namespace athanor::engine {

struct Options {
  std::string dtype = "float32";  ///< precision_names()
  int64_t threads = 0;            ///< 0: one a processor
  std::string kernels;            ///< name of an instruction set; empty: the best that this processor has
  void fields(Fields& v);
};

/// A compiled graph. Results of an image depend on nothing but itself, to the last bit: neither on its batch nor on the
/// threads.
class Executor : public arch::Executor {
 public:
  /// `parameters` in the graph's order. Throws Error{usage} for kernels that there are not.
  Executor(const arch::Graph& graph, Parameters parameters, const Options& options = {});
  /// A table of the steps, with their share of the time that an image takes on one thread, measured now.
  std::string explain();

 private:
  void run(std::span<const float> x, std::span<const float> noise, std::span<const int64_t> labels,
           std::span<float> out) override;
  std::vector<const float*> condition(std::span<const float> noise, std::span<const int64_t> labels);
  void run(const Program& program, int64_t images, const std::function<void(Frame&, int64_t first)>& begin,
           const std::function<void(const Frame&, int64_t first)>& end = {});

  int64_t threads_, in_, out_;  ///< in, out: elements of an image
  Parameters parameters_;
  Lowered lowered_;
  std::vector<float> conditions_;
  std::vector<Arena> arenas_, scratches_;  ///< of each team, of each thread
};

/// Reads the checkpoint's parameters. Throws Error{data} naming what is missing, extra, misshapen or not finite.
std::unique_ptr<Executor> make_executor(const arch::Graph& graph, io::TensorReader& checkpoint,
                                        const Options& options = {});
std::unique_ptr<Executor> make_executor(const arch::NetworkConfig& config, io::TensorReader& checkpoint,
                                        const Options& options = {});

}  // namespace athanor::engine
