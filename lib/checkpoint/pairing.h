// Tensors of two files that have the same name.
#pragma once

#include <string>
#include <vector>

#include "checkpoint/selection.h"
#include "io/tensor_reader.h"

namespace athanor::checkpoint {

struct Pair {
  std::string name;
  io::TensorInfo a, b;
  bool same_shape() const { return a.shape == b.shape; }
};
struct Pairing {
  std::vector<Pair> pairs;                     ///< in A's order
  std::vector<io::TensorInfo> only_a, only_b;  ///< that the other file lacks, under the names they are matched by
};

/// Matches the tensors that `selection` leaves, by the names that it gives them, and has b spooled if it is a stream in
/// another order. Throws Error{data} when two tensors of a file get one name.
Pairing pair_up(io::TensorReader& a, io::TensorReader& b, const Selection& selection);

}  // namespace athanor::checkpoint
