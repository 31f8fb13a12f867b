// gzip, unpacked as an input is opened: in large parts, in small ones, and by what is skipped.
#include <algorithm>

#include "fuzz/laws.h"

namespace athanor::fuzz {
namespace {

std::vector<std::byte> read_by(size_t part, Bytes bytes) {
  std::vector<std::byte> read;
  HeldPipe pipe(bytes);
  io::Input input = io::Input::open({pipe.reading()});
  for (size_t n = 1; n > 0; read.resize(read.size() - part + n)) {
    // Small parts find the seams of the buffers; beyond two of those they only take time.
    if (read.size() > 1 << 18) part = std::max<size_t>(part, 1 << 16);
    read.resize(read.size() + part);
    n = input.read(std::span(read).last(part));
  }
  must(input.position() == read.size(), "an input knows where it is");
  return read;
}

}  // namespace

void run(Bytes bytes) {
  const auto read = accepted([&] { return read_by(1 << 17, bytes); });
  must(read == accepted([&] { return read_by(7, bytes); }), "parts of any size are read alike");
  if (!read) return;
  HeldPipe pipe(bytes);
  io::Input input = io::Input::open({pipe.reading()});
  must(input.skip(read->size()) == read->size(), "as many bytes are skipped as are read");
}

}  // namespace athanor::fuzz
