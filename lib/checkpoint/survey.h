// Statistics of every tensor of a file, in one pass.
#pragma once

#include "array/statistics.h"
#include "core/work.h"
#include "io/tensor_reader.h"

namespace athanor::checkpoint {

/// Of each tensor of reader.layout(), in its order. Reading and counting overlap; the result does not depend on it.
/// `progress` gets bytes. Throws as reading does.
std::vector<array::Statistics> survey(io::TensorReader& reader, const Progress& progress);

}  // namespace athanor::checkpoint
