#include <algorithm>
#include <cmath>

#include "array/convert.h"
#include "data/rows.h"

namespace athanor::data {
namespace {

/// The tensor that holds the rows.
const io::TensorInfo& rows_of(const io::TensorReader& tensors) {
  const io::Layout& layout = tensors.layout();
  const int64_t images = layout.find("images"), vectors = layout.find("vectors");
  require(images < 0 || vectors < 0, "{}: holds both 'images' and 'vectors'", tensors.name());
  if (images >= 0) return layout.tensors[images];
  if (vectors >= 0) return layout.tensors[vectors];
  require(layout.tensors.size() == 1, "{}: expected 'images' or 'vectors' or one tensor alone, got {} tensors",
          tensors.name(), layout.tensors.size());
  return layout.tensors[0];
}

/// One row's shape. Throws Error{data} for a tensor that is neither images nor vectors.
Shape row_shape_of(const io::TensorInfo& rows, const std::string& file) {
  const Shape& s = rows.shape;
  const auto colour = [](int64_t size) { return size == 1 || size == 3; };
  const bool last = s.size() == 4 && !colour(s[1]) && colour(s[3]);
  require(!last, "{}: '{}' is laid out as [N,H,W,C], {}; expected [N,C,H,W]", file, rows.name, shape_text(s));
  const bool vectors = s.size() == 2 && is_floating_point(rows.dtype);
  const bool images = s.size() == 3 || (s.size() == 4 && colour(s[1]));
  require(vectors || images,
          "{}: '{}' is {} {}; expected images [N,H,W] or [N,C,H,W] of 1 or 3 channels, or vectors of floats [N,D]",
          file, rows.name, name_of(rows.dtype), shape_text(s));
  require(rows.elements() > 0, "{}: '{}' is {}, which holds nothing", file, rows.name, shape_text(s));
  if (s.size() == 3) return {1, s[1], s[2]};
  return {s.begin() + 1, s.end()};
}

std::vector<int64_t> labels_of(io::TensorReader& tensors) {
  const int64_t found = tensors.layout().find("labels");
  if (found < 0) return {};
  const io::TensorInfo& tensor = tensors.layout().tensors[found];
  return to_labels(tensor, tensors.map(tensor), tensors.name());
}

Facts facts_of(io::TensorReader& tensors, const io::Source& source, const DatasetOptions& options) {
  const io::Layout& layout = tensors.layout();
  const io::TensorInfo& rows = rows_of(tensors);
  Facts facts{.size = 0,
              .shape = row_shape_of(rows, tensors.name()),
              .labels = layout.tensors.size() > 1 ? labels_of(tensors) : std::vector<int64_t>{},
              .classes = 0,
              .class_names = {},
              .history = io::read_history(layout.metadata),
              .record = {.name = plain_name(source),
                         .bytes = layout.header_bytes + layout.payload_bytes(),
                         .header_sha256 = layout.header_sha256}};
  facts.size = rows.shape[0];
  complete_labels(facts, options, tensors.name());
  return facts;
}

class TensorDataset : public OpenDataset {
 public:
  TensorDataset(std::unique_ptr<io::TensorReader> tensors, Facts facts, const DatasetOptions& options)
      : OpenDataset(std::move(facts)),
        tensors_(std::move(tensors)),
        rows_(rows_of(*tensors_)),
        bytes_(tensors_->map(rows_)),
        scaling_(options.range) {
    require(rows_.dtype == DType::u8 || is_floating_point(rows_.dtype) || scaling_.given(),
            "{}: '{}' is {}; --range must say which values mean black and white", tensors_->name(), rows_.name,
            name_of(rows_.dtype));
  }
  void read(int64_t i, std::span<float> row) const override {
    check_row(i, row.size());
    const size_t size = row.size() * size_of(rows_.dtype);
    const std::span<const std::byte> bytes = bytes_.subspan(i * size, size);
    if (rows_.dtype == DType::u8) {
      for (size_t k = 0; k < row.size(); ++k) row[k] = scaling_.of_byte(uint8_t(bytes[k]));
      return;
    }
    array::to_float32(rows_.dtype, bytes, row);
    if (scaling_.given())
      for (float& v : row) v = scaling_(v);
    check_values(i, row);
  }

 private:
  void check_values(int64_t i, std::span<const float> row) const {
    const bool bounded = facts_.shape.size() == 3 && !scaling_.given();
    for (const float v : row) {
      require(std::isfinite(v), "{}: row {} of '{}' holds {}", tensors_->name(), i, rows_.name,
              std::isnan(v) ? "NaN" : "infinity");
      require(!bounded || std::abs(v) <= 1, "{}: row {} of '{}' holds {}, outside [-1,1]; --range tells other values",
              tensors_->name(), i, rows_.name, v);
    }
  }
  std::unique_ptr<io::TensorReader> tensors_;
  const io::TensorInfo& rows_;
  std::span<const std::byte> bytes_;  ///< of all rows
  Scaling scaling_;
};

}  // namespace

std::unique_ptr<Dataset> open_tensors(io::Input input, const io::Source& source, const DatasetOptions& options) {
  auto tensors = std::make_unique<io::TensorReader>(std::move(input));
  tensors->spool();  // rows are read in any order
  Facts facts = facts_of(*tensors, source, options);
  return std::make_unique<TensorDataset>(std::move(tensors), std::move(facts), options);
}

}  // namespace athanor::data
