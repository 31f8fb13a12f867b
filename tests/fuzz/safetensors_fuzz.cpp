// safetensors: a length, so many bytes of JSON, the tensors' bytes.
#include <algorithm>

#include "fuzz/laws.h"
#include "io/little_endian.h"

namespace athanor::fuzz {

void run(Bytes bytes) {
  check_tensors(bytes);
  // The same with the length that its JSON has: the fuzzer would rarely find it again after changing the text.
  const std::string_view text = text_of(bytes);
  const size_t end = text.rfind('}');
  if (end == std::string_view::npos || end < 8) return;
  check_tensors(bytes_of(io::little_endian(end + 1 - 8, 8).append(text.substr(8))));
}

}  // namespace athanor::fuzz
