#include "tensor/threads.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <algorithm>

#include "core/parallel.h"

namespace athanor::tensor {

void set_threads(int n, int sharing) {
  at::set_num_threads(n > 0 ? n : std::max(1, int(processors()) / sharing));
  using SetThreads = void (*)(int);
  if (const auto set = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(1);
}

}  // namespace athanor::tensor
