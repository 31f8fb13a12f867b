// gzip, unpacked as an input is opened: in large parts, in small ones, and by what is skipped.
#include <algorithm>

#include "fuzz/laws.h"

namespace athanor::fuzz {
namespace {

constexpr size_t kMost = 16 << 20;

/// What arrives before the end or, under `whole`, the error.
std::vector<std::byte> read_by(size_t part, Bytes bytes, bool& whole) {
  std::vector<std::byte> read;
  whole = accepted([&] {
            HeldPipe pipe(bytes);
            io::Input input = io::Input::open({pipe.reading()});
            for (size_t n = 1; n > 0 && read.size() < kMost; read.resize(read.size() - part + n)) {
              // Small parts find the seams of the buffers; beyond two of those they only take time.
              if (read.size() > 1 << 18) part = std::max<size_t>(part, 1 << 16);
              read.resize(read.size() + part);
              n = input.read(std::span(read).last(part));
            }
            must(input.position() == read.size(), "an input knows where it is");
            return true;
          }).has_value();
  return read;
}

}  // namespace

void run(Bytes bytes) {
  bool whole = false, also_whole = false;
  const std::vector<std::byte> read = read_by(1 << 20, bytes, whole), slowly = read_by(7, bytes, also_whole);
  must(whole == also_whole, "parts of any size are refused alike");
  if (!whole) return;
  must(std::ranges::equal(std::span(read).first(std::min(read.size(), slowly.size())),
                          std::span(slowly).first(std::min(read.size(), slowly.size()))),
       "parts of any size give the same bytes");
  HeldPipe pipe(bytes);
  io::Input input = io::Input::open({pipe.reading()});
  must(input.skip(read.size()) == read.size(), "as many bytes are skipped as are read");
}

}  // namespace athanor::fuzz
