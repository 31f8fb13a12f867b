// safetensors: u64 header length N, N bytes of JSON, then the tensors' bytes without gaps.
//
// Source: the format's README and the reference reader's validation (huggingface/safetensors, tensor.rs).
// Differs: duplicate names are refused (the reference keeps the last); sub-byte types, complex numbers and the rarer
//          8-bit floats are refused by name; so are more than 64 axes, NUL characters in names and deep nesting in
//          unknown fields; nothing is allocated on the word of a header that the file is too short to hold.
#pragma once

#include "io/input.h"
#include "io/layout.h"

namespace athanor::io {

/// Whether the first bytes (16 are enough) can be a safetensors file.
bool looks_like_safetensors(std::span<const std::byte> head);
/// Reads and validates the header; the input is left at the payload. Where the input's size is known, it must be
/// exactly header + payload. Throws Error{data} that says which rule is broken and by which tensor.
Layout read_safetensors_header(Input& input);
/// Sorts the tensors as the reference writer does (widest type first, then name), assigns their offsets, and returns
/// the header's bytes: length, compact JSON with sorted metadata, spaces up to a multiple of 8.
/// Metadata gets "format": "pt", which the ecosystem's readers require.
std::string make_safetensors_header(Layout& layout);

}  // namespace athanor::io
