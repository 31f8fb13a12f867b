// What a group of elements is, whose cosine is a local one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "checkpoint/selection.h"
#include "core/dtype.h"
#include "io/layout.h"

namespace athanor::cosine {

/// A group as reports name it.
struct GroupName {
  const std::string& whole;            ///< a tensor, layer or match
  std::optional<uint64_t> index = {};  ///< of a row or block within it
  std::string text() const;
};

/// tensor | row | element | block:N | layer | regex:RE. Read by from_text, which throws Error{usage}.
struct Grouping {
  enum class Kind { tensor, row, element, block, layer, regex };
  Kind kind = Kind::tensor;
  uint64_t block = 0;           ///< elements of a block; a tensor's last one may be shorter
  checkpoint::Pattern pattern;  ///< of regex

  /// Whether groups lie within tensors: rows, elements and blocks.
  bool within_tensors() const { return kind == Kind::row || kind == Kind::element || kind == Kind::block; }
  /// Elements of each group of a tensor, in the order in which they lie. A row is what has one index along the first
  /// axis of a tensor with several; a vector is one row. An element's group is 1.
  uint64_t length(const Shape& shape) const;
  /// The group that a tensor belongs to, unless groups lie within tensors. A layer is what the name says up to its last
  /// number ("model.layers.3" of "model.layers.3.mlp.up_proj.weight"), or else up to its last part; a regular
  /// expression's group is what it finds, its first parenthesis if it has one, and "" where it finds nothing.
  std::string group_of(const std::string& tensor) const;
};
void from_text(std::string_view text, Grouping& grouping);
std::string to_text(const Grouping& grouping);
inline std::string metavar(const Grouping&) { return "GROUPS"; }

}  // namespace athanor::cosine
