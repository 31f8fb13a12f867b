// Images and arrays of any format as rows.
#include "fuzz/laws.h"

namespace athanor::fuzz {

void run(Bytes bytes) {
  accepted([&] {
    HeldPipe pipe(bytes);
    check_rows(*data::open_dataset({pipe.reading()}, {}, nullptr));
    return true;
  });
}

}  // namespace athanor::fuzz
