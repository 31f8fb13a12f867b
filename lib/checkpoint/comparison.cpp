#include "checkpoint/comparison.h"

#include <algorithm>

namespace athanor::checkpoint {
namespace {

constexpr uint64_t kChunk = 1 << 17;  // elements

class Comparer {
 public:
  Comparer(io::TensorReader& a, io::TensorReader& b, const array::Tolerance& tolerance, const Progress& progress)
      : a_(a), b_(b), tolerance_(tolerance), progress_(progress) {}
  void compare(Compared& c) {
    const uint64_t count = uint64_t(c.a.elements());
    for (uint64_t first = 0; first < count; first += kChunk) {
      const uint64_t n = std::min(kChunk, count - first);
      const auto x = read(a_, c.a, first, n, bytes_a_), y = read(b_, c.b, first, n, bytes_b_);
      c.difference.add(c.a.dtype, x, c.b.dtype, y, tolerance_, first);
      passed_ += x.size();
      if (progress_) progress_(int64_t(passed_));
    }
  }

 private:
  static std::span<const std::byte> read(io::TensorReader& reader, const io::TensorInfo& tensor, uint64_t first,
                                         uint64_t n, std::vector<std::byte>& buffer) {
    const size_t size = size_of(tensor.dtype);
    buffer.resize(n * size);
    reader.read(tensor, first * size, buffer);
    return buffer;
  }
  io::TensorReader &a_, &b_;
  const array::Tolerance& tolerance_;
  const Progress& progress_;
  std::vector<std::byte> bytes_a_, bytes_b_;
  uint64_t passed_ = 0;
};

}  // namespace

bool Comparison::equal(bool types) const {
  return only_a.empty() && only_b.empty() && std::ranges::all_of(tensors, [types](const Compared& c) {
           return c.same_shape() && c.difference.beyond == 0 && (!types || c.a.dtype == c.b.dtype);
         });
}

Comparison compare(io::TensorReader& a, io::TensorReader& b, const Selection& selection,
                   const array::Tolerance& tolerance, const Progress& progress) {
  Pairing pairing = pair_up(a, b, selection);
  Comparison comparison{.tensors = {}, .only_a = std::move(pairing.only_a), .only_b = std::move(pairing.only_b)};
  for (Pair& pair : pairing.pairs) comparison.tensors.push_back({std::move(pair)});
  Comparer comparer(a, b, tolerance, progress);
  for (Compared& c : comparison.tensors)
    if (c.same_shape()) comparer.compare(c);
  a.finish();
  b.finish();
  return comparison;
}

std::string place_text(uint64_t element, const Shape& shape) {
  Shape index(shape.size());
  for (size_t a = shape.size(); a-- > 0;) {
    index[a] = int64_t(element % uint64_t(shape[a]));
    element /= uint64_t(shape[a]);
  }
  return shape_text(index);
}

}  // namespace athanor::checkpoint
