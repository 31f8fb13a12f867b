#include "checkpoint/survey.h"

#include <algorithm>

namespace athanor::checkpoint {
namespace {

constexpr uint64_t kChunk = 1 << 20;  // bytes: half of what a core's second-level cache holds

}  // namespace

std::vector<array::Statistics> survey(io::TensorReader& reader, const Progress& progress) {
  const std::vector<io::TensorInfo>& tensors = reader.layout().tensors;
  std::vector<array::Statistics> all(tensors.size());
  std::vector<std::byte> chunk(kChunk);
  uint64_t passed = 0;
  for (size_t i = 0; i < tensors.size(); ++i)
    for (uint64_t done = 0; done < tensors[i].bytes(); done += kChunk) {
      const std::span<std::byte> part = std::span(chunk).first(std::min(kChunk, tensors[i].bytes() - done));
      reader.read(tensors[i], done, part);
      all[i].add(tensors[i].dtype, part);
      passed += part.size();
      if (progress) progress(int64_t(passed));
    }
  reader.finish();
  return all;
}

}  // namespace athanor::checkpoint
