// Two files of tensors, element by element.
#pragma once

#include "array/difference.h"
#include "checkpoint/pairing.h"
#include "core/work.h"

namespace athanor::checkpoint {

/// A tensor that both files have.
struct Compared : Pair {
  array::Difference difference = {};  ///< of equal shapes only
};
struct Comparison {
  std::vector<Compared> tensors;               ///< in A's order
  std::vector<io::TensorInfo> only_a, only_b;  ///< that the other file lacks
  /// Whether both hold the same names with the same shapes and, with `types`, element types, and no element lies
  /// beyond the tolerance.
  bool equal(bool types) const;
};

/// Compares the tensors that `selection` leaves; its names are those by which the files are matched. Memory does not
/// grow with the files; of two streams the second is spooled when its order differs. `progress` gets bytes of A.
Comparison compare(io::TensorReader& a, io::TensorReader& b, const Selection& selection,
                   const array::Tolerance& tolerance, const Progress& progress);

/// An element's place by its axes: element 7 of [2,5] is "[1,2]".
std::string place_text(uint64_t element, const Shape& shape);

}  // namespace athanor::checkpoint
