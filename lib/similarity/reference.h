// What samples are compared with: rows, or what is left of them.
#pragma once

#include <memory>
#include <optional>

#include "data/dataset.h"
#include "io/tensor_reader.h"

namespace athanor::similarity {

/// Rows of a dataset, or a file of moments (see moments.h) that is open: one of the two.
struct Reference {
  std::unique_ptr<data::Dataset> rows;
  std::optional<io::TensorReader> moments;
};

/// Opens by content. Throws as data::open_dataset.
Reference open_reference(const io::Source& source, const data::DatasetOptions& options, const Remark& remark);

}  // namespace athanor::similarity
