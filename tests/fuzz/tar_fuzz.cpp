// tar of images, with the checksums that its headers ought to have: from memory and through a pipe it holds the same.
#include <cstdio>
#include <cstring>

#include "data/tar_reader.h"
#include "fuzz/laws.h"

namespace athanor::fuzz {
namespace {

constexpr size_t kBlock = 512, kSum = 148, kSumBytes = 8;

std::vector<std::byte> with_checksums(Bytes bytes) {
  std::vector<std::byte> tar(bytes.begin(), bytes.end());
  for (size_t at = 0; at + kBlock <= tar.size(); at += kBlock) {
    if (text_of(tar).substr(at + 257, 5) != "ustar") continue;
    std::memset(tar.data() + at + kSum, ' ', kSumBytes);
    unsigned sum = 0;
    for (const std::byte b : std::span(tar).subspan(at, kBlock)) sum += std::to_integer<unsigned>(b);
    std::snprintf(reinterpret_cast<char*>(tar.data() + at + kSum), kSumBytes, "%06o", sum);
  }
  return tar;
}

using Entries = std::vector<std::pair<std::string, std::vector<std::byte>>>;

Entries entries_of(io::Input input) {
  data::TarReader tar(input);
  Entries entries;
  while (tar.next()) {
    const bool read = tar.is_file() && tar.size() < 1 << 20;
    const Bytes content = read ? tar.content() : Bytes{};
    must(!read || content.size() == tar.size(), "a file has the size that its header says");
    entries.emplace_back(tar.name(), std::vector(content.begin(), content.end()));
  }
  return entries;
}

}  // namespace

void run(Bytes bytes) {
  const std::vector<std::byte> tar = with_checksums(bytes);
  const auto mapped = accepted([&] { return entries_of(io::Input::memory(tar, "memory")); });
  const auto streamed = accepted([&] { return entries_of(HeldPipe(tar).input()); });
  must(mapped == streamed, "a pipe holds what a file does");
  accepted([&] {
    HeldPipe pipe(tar);
    check_rows(*data::open_dataset({pipe.reading()}, {.skip_unreadable = true}, [](std::string_view) {}));
    return true;
  });
}

}  // namespace athanor::fuzz
