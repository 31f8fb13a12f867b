// tensor-close WHOLE PART BOUND FIRST: the rows of each of PART's tensors are WHOLE's from row FIRST on. Floats differ
// by at most BOUND, other types not at all. Exit 1 says which tensor differs, and by how much.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "io/tensor_reader.h"

namespace {

using athanor::io::TensorInfo;
using athanor::io::TensorReader;

double largest_difference(const TensorInfo& info, const std::byte* a, const std::vector<std::byte>& b) {
  if (info.dtype != athanor::DType::f32) return std::equal(b.begin(), b.end(), a) ? 0 : HUGE_VAL;
  double largest = 0;
  for (size_t i = 0; i < b.size(); i += sizeof(float)) {
    float x, y;
    std::memcpy(&x, a + i, sizeof(x));
    std::memcpy(&y, b.data() + i, sizeof(y));
    largest = std::max(largest, std::isnan(x - y) ? HUGE_VAL : std::abs(double(x) - double(y)));
  }
  return largest;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  TensorReader whole = TensorReader::open({argv[1]}), part = TensorReader::open({argv[2]});
  for (const TensorInfo& info : part.layout().tensors) {
    const int64_t at = whole.layout().find(info.name);
    if (at < 0) return fmt::print(stderr, "{} is in one file alone\n", info.name), 1;
    const std::vector<std::byte> a = whole.read(whole.layout().tensors[size_t(at)]), b = part.read(info);
    const size_t offset = info.shape[0] == 0 ? 0 : b.size() / size_t(info.shape[0]) * std::stoul(argv[4]);
    if (offset + b.size() > a.size()) return fmt::print(stderr, "{} has too few rows\n", info.name), 1;
    const double difference = largest_difference(info, a.data() + offset, b);
    if (difference > std::stod(argv[3])) return fmt::print(stderr, "{} differs by {}\n", info.name, difference), 1;
  }
}
