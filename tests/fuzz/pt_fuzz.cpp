// PyTorch's format: the bytes are the pickle of an archive that holds a few storages.
#include "fuzz/laws.h"

namespace athanor::fuzz {

void run(Bytes bytes) {
  const std::vector<std::byte> storage(256, std::byte{1}), order = bytes_of("little");
  check_tensors(zip_of({{"archive/data.pkl", bytes},
                        {"archive/byteorder", order},
                        {"archive/data/0", storage},
                        {"archive/data/1", storage},
                        {"archive/data/2", {}}}));
}

}  // namespace athanor::fuzz
