// IDX, MNIST's format.
#include "fuzz/laws.h"

namespace athanor::fuzz {

void run(Bytes bytes) { check_tensors(bytes); }

}  // namespace athanor::fuzz
