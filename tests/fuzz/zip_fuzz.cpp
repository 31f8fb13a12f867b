// zip archives as they stand: directory, entries, and what .npz and PyTorch's format make of them.
#include <algorithm>

#include "fuzz/laws.h"
#include "io/zip.h"

namespace athanor::fuzz {

void run(Bytes bytes) {
  const io::Input archive = io::Input::memory(bytes, "archive");
  const auto directory = accepted([&] { return io::read_zip_directory(archive); });
  if (!directory) return;
  must(directory->bytes <= bytes.size(), "a directory lies in its archive");
  for (const io::ZipEntry& entry : directory->entries)
    accepted([&] {
      io::Input content = io::open_entry(archive, entry);
      std::vector<std::byte> unpacked(std::min<uint64_t>(entry.size, 1 << 20));
      must(content.read_full(unpacked) == unpacked.size(), "an entry has the size that the directory says");
      return true;
    });
  check_tensors(bytes);
}

}  // namespace athanor::fuzz
