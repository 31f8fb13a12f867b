// A network run by LibTorch, as the model interface sees it.
#pragma once

#include "arch/executor.h"
#include "io/tensor_reader.h"

namespace athanor::nn {

class Network;

/// Reads the checkpoint's parameters. Throws Error{data} naming what is missing, extra, misshapen or not finite.
std::unique_ptr<arch::Executor> make_executor(arch::Graph graph, io::TensorReader& checkpoint);
std::unique_ptr<arch::Executor> make_executor(const arch::NetworkConfig& config, io::TensorReader& checkpoint);
/// Runs a network that outlives the executor, with the parameters that it has at each call.
std::unique_ptr<arch::Executor> make_executor(const Network& network);

}  // namespace athanor::nn
