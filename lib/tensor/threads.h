// How many threads LibTorch works on.
#pragma once

namespace athanor::tensor {

/// Threads of LibTorch's operations; 0: one a processor, of which `sharing` processes have their equal parts. Its BLAS
/// keeps one: the two pools would fight for the same processors, and the products that networks leave to it are small.
void set_threads(int n, int sharing = 1);

}  // namespace athanor::tensor
