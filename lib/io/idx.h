// IDX: the format of MNIST. Two zero bytes, type, number of axes, big-endian sizes, big-endian elements.
//
// Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
#pragma once

#include "io/input.h"
#include "io/layout.h"

namespace athanor::io {

bool looks_like_idx(std::span<const std::byte> head);
/// The array is called "arr_0". Throws Error{data}.
Layout read_idx_header(Input& input);

}  // namespace athanor::io
