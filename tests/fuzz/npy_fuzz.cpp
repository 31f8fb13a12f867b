// .npy, alone and as the only array of an .npz.
#include "fuzz/laws.h"

namespace athanor::fuzz {

void run(Bytes bytes) {
  check_tensors(bytes);
  check_tensors(zip_of({{"array.npy", bytes}}));
}

}  // namespace athanor::fuzz
