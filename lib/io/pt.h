// PyTorch's zip files (.pt, .pth, .bin): a pickle that names tensors, and their storages as entries beside it.
//
// Source: PyTorch, torch/serialization.py and caffe2/serialize/inline_container.cc, file format version 3.
// Differs: of the pickle's names only those that rebuild tensors and plain containers are known, and nothing is called.
//          Tensors that are not in C order are read as if they were; written files hold one storage a tensor.
#pragma once

#include "io/tensor_file.h"
#include "io/zip.h"

namespace athanor::io {

/// Whether the archive is PyTorch's: it holds a data.pkl.
bool is_pt(const ZipDirectory& directory);
/// Whether the first bytes are those of PyTorch's format before version 1.6, which is one pickle after another.
bool looks_like_old_pt(std::span<const std::byte> head);
/// Opens all tensors that can be reached through dicts, lists and tuples, under the keys on the way joined by dots
/// ("state_dict.conv.weight"; a tensor alone is "tensor"). Numbers and texts on the way become metadata, as text.
/// Throws Error{data}: any other object, a TorchScript program, a storage that is missing or too short.
TensorFile open_pt(const Input& archive, const ZipDirectory& directory);

/// The pickle of a dict from names to tensors, the i-th of which lies in the storage called i.
std::string make_pt_pickle(const std::vector<TensorInfo>& tensors);

}  // namespace athanor::io
