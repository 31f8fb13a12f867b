// Two checkpoints beside each other: what every group of their elements agrees in, and the whole.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "checkpoint/pairing.h"
#include "core/work.h"
#include "cosine/profile.h"
#include "cosine/quantiles.h"

namespace athanor::cosine {

/// What is compared, element by element.
struct Sides {
  io::TensorReader& a;
  io::TensorReader& b;                 ///< where it is a itself, the two tensors that it holds
  io::TensorReader* base = nullptr;    ///< x = A − base, y = B − base: task vectors
  io::TensorReader* update = nullptr;  ///< x = B − A, y = this gradient; not together with base
};

struct Options {
  Grouping grouping;
  checkpoint::Selection selection;
  bool integers = false;  ///< whole numbers too
  int64_t threads = 0;
};

/// A tensor, or where groups are larger a group.
struct Part {
  std::string name;
  array::Products products;
  Profile profile;  ///< of the groups within it
};

/// Tensors that are in no figure.
struct LeftOut {
  std::vector<io::TensorInfo> only_a, only_b, lacking;  ///< the other file, or base or update, does not have them
  std::vector<checkpoint::Pair> shapes;                 ///< they differ
  std::vector<checkpoint::Pair> integers;               ///< whole numbers
};

struct Agreement {
  std::vector<Part> parts;  ///< in A's order
  LeftOut left_out;
  array::Products whole;
  Profile profile;
  Quantiles cosines;  ///< of all groups that have one; of elements they are not kept, being signs
};

/// Goes through both once. Memory does not grow with the files, but by 200 bytes a part and, on disk, 8 a group. `each`
/// gets every group in order (not of elements); `progress` bytes of A. Throws as reading does, and Error{data} when
/// nothing can be compared.
Agreement compare(const Sides& sides, const Options& options,
                  const std::function<void(const GroupName&, const array::Products&)>& each, const Progress& progress);

}  // namespace athanor::cosine
