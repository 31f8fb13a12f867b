// Checkpoints in several files: an index names the file that holds each tensor.
//
// Source: the index of transformers and diffusers (model.safetensors.index.json): {"metadata": {"total_size": N},
//         "weight_map": {"tensor": "model-00001-of-00002.safetensors", …}}.
// Differs: index and files must agree on every tensor, and files lie beside the index: names with folders are refused.
#pragma once

#include "core/fields.h"
#include "io/tensor_file.h"

namespace athanor::io {

/// Whether the first bytes can be an index.
bool looks_like_index(std::span<const std::byte> head);
/// An index as it stands in its file.
struct ShardIndex {
  std::map<std::string, std::string> weight_map = {};  ///< tensor → file name
  uint64_t bytes = 0;
  std::string sha256 = {};
};
/// Throws Error{data}.
ShardIndex read_index(Input& input);
/// The text of an index.
std::string make_index(const std::map<std::string, std::string>& weight_map, uint64_t total_size);

/// The checkpoint that a folder holds: its one index, else its one .safetensors file, else its one .pt, .pth or .bin
/// file. Throws Error{data} when there is none or more than one.
Source checkpoint_of(const std::string& folder);
/// Whether a folder holds any such file.
bool holds_checkpoint(const std::string& folder);

/// A limit on the size of a shard, and the names of the files.
struct ShardOptions {
  ByteSize limit = {};         ///< on the tensors of one file; a larger tensor gets a file for itself; 0: one file
  std::string stem = "model";  ///< model-00001-of-00003.safetensors, model.safetensors.index.json
  void fields(Fields& v);
};
/// Deals the tensors out, in their order: each file takes as many as fit. Returns the tensors of each file.
std::vector<std::vector<TensorInfo>> deal_shards(const std::vector<TensorInfo>& tensors, uint64_t bytes);

}  // namespace athanor::io
