#include "tensor/threads.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <thread>

namespace athanor::tensor {

void set_threads(int n) {
  at::set_num_threads(n > 0 ? n : int(std::thread::hardware_concurrency()));
  using SetThreads = void (*)(int);
  if (const auto set = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(1);
}

}  // namespace athanor::tensor
