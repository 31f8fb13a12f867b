// A network run on the CPU without LibTorch, as the model interface sees it.
#pragma once

#include "arch/executor.h"
#include "engine/lower.h"
#include "io/tensor_reader.h"

namespace athanor::engine {

struct Options {
  int64_t threads = 0;               ///< 0: one a processor
  const Kernels* kernels = nullptr;  ///< nullptr: the best that this processor has
};

/// Runs a graph with these parameters, in the graph's order. Results of an image depend on nothing but itself, to the
/// last bit: neither on its batch nor on the threads.
std::unique_ptr<arch::Executor> make_executor(const arch::Graph& graph, Parameters parameters,
                                              const Options& options = {});
/// Reads the checkpoint's parameters. Throws Error{data} naming what is missing, extra, misshapen or not finite.
std::unique_ptr<arch::Executor> make_executor(const arch::NetworkConfig& config, io::TensorReader& checkpoint,
                                              const Options& options = {});

}  // namespace athanor::engine
