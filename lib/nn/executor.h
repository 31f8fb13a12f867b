// A network in training, as the model interface sees it.
#pragma once

#include "arch/executor.h"

namespace athanor::nn {

class Network;

/// Runs a network that outlives the executor, with the parameters that it has at each call.
std::unique_ptr<arch::Executor> make_executor(const Network& network);

}  // namespace athanor::nn
