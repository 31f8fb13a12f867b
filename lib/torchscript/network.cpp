#include "torchscript/network.h"

#include <dlfcn.h>

#include "io/input.h"

namespace athanor::torchscript {
namespace {

Opener opener() {
  void* const library = dlopen(ATHANOR_NN_LIBRARY, RTLD_NOW);
  void* const found = library ? dlsym(library, kOpener) : nullptr;
  if (!found) fail(ErrorKind::io, "TorchScript needs LibTorch: {}", dlerror());
  return reinterpret_cast<Opener>(found);
}

std::vector<std::byte> read_all(io::Input& input) {
  constexpr size_t block = 1 << 20;
  std::vector<std::byte> bytes;
  for (size_t got = block; got == block;) {
    const size_t before = bytes.size();
    bytes.resize(before + block);
    got = input.read_full(std::span(bytes).subspan(before));
    bytes.resize(before + got);
  }
  return bytes;
}

}  // namespace

Opened open_network(const io::Source& file, int64_t threads) {
  io::Input input = io::Input::open(file);
  return in_context(file.name(), [&] {
    const std::vector<std::byte> copy = input.resident() ? std::vector<std::byte>{} : read_all(input);
    const std::span<const std::byte> bytes = input.resident() ? input.mapped() : copy;
    return Opened{.network = opener()(bytes, threads), .sha256 = io::sha256(bytes)};
  });
}

}  // namespace athanor::torchscript
