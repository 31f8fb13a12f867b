// NumPy's .npy: one array.
//
// Source: NumPy, "NEP 1: A simple file format for NumPy arrays", versions 1.0 to 3.0.
// Differs: object arrays and structured types are refused by name; the header is parsed as the one literal that it may
//          be, and is at most 1 MiB.
#pragma once

#include "io/input.h"
#include "io/layout.h"

namespace athanor::io {

bool looks_like_npy(std::span<const std::byte> head);
/// The array is called "arr_0". Throws Error{data}.
Layout read_npy_header(Input& input);
/// Header of a version 1.0 file, little-endian and in C order, padded to a multiple of 64 bytes.
std::string make_npy_header(DType dtype, const Shape& shape);

}  // namespace athanor::io
