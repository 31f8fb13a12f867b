// Work on several threads.
#pragma once

#include <cstdint>
#include <functional>

namespace athanor {

/// Processors that this process may run on, as taskset, mpirun or a container bound it; at least 1.
int64_t processors();

/// A number of threads that an option gives: 0 stands for one a processor.
inline int64_t thread_count(int64_t option) { return option > 0 ? option : processors(); }

/// Calls work(i) for i = 0 … n − 1 from up to `threads` threads, each taking the next i that nobody has. What the first
/// to fail throws is thrown here.
void in_parallel(int64_t n, int64_t threads, const std::function<void(int64_t)>& work);

}  // namespace athanor
