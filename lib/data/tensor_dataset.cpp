#include <algorithm>
#include <cmath>

#include "array/convert.h"
#include "data/rows.h"

namespace athanor::data {
namespace {

/// The tensor that holds the rows, and the one that holds their labels: ours, or ADM's arr_0 and arr_1.
struct Tensors {
  const io::TensorInfo* rows;
  const io::TensorInfo* labels = nullptr;  ///< may be absent
};
Tensors find_tensors(const io::TensorReader& reader) {
  const io::Layout& layout = reader.layout();
  const auto named = [&](std::string_view name) {
    const int64_t i = layout.find(name);
    return i < 0 ? nullptr : &layout.tensors[i];
  };
  const io::TensorInfo *images = named("images"), *vectors = named("vectors");
  require(!images || !vectors, "{}: holds both 'images' and 'vectors'", reader.name());
  if (images || vectors) return {.rows = images ? images : vectors, .labels = named("labels")};
  if (layout.tensors.size() == 2 && named("arr_0") && named("arr_1"))
    return {.rows = named("arr_0"), .labels = named("arr_1")};
  require(layout.tensors.size() == 1, "{}: expected 'images' or 'vectors' or one tensor alone, got {} tensors",
          reader.name(), layout.tensors.size());
  return {.rows = &layout.tensors[0]};
}

/// Whether images have their channels last: only there is a size that can be theirs.
bool channels_last(const Shape& s) {
  const auto colour = [](int64_t size) { return size == 1 || size == 3; };
  return s.size() == 4 && !colour(s[1]) && colour(s[3]);
}

/// One row's shape. Throws Error{data} for a tensor that is neither images nor vectors.
Shape row_shape_of(const io::TensorInfo& rows, const std::string& file) {
  const Shape& s = rows.shape;
  const bool floats = is_floating_point(rows.dtype), vectors = s.size() == 2 && floats;
  // Latents are images of as many channels as they like.
  const bool images = s.size() == 3 || (s.size() == 4 && (floats || s[1] == 1 || s[1] == 3 || channels_last(s)));
  require(vectors || images,
          "{}: '{}' is {} {}; expected images [N,H,W], [N,C,H,W] or [N,H,W,C] of 1 or 3 channels (floats: of any "
          "number), or vectors of floats [N,D]",
          file, rows.name, name_of(rows.dtype), shape_text(s));
  require(rows.elements() > 0, "{}: '{}' is {}, which holds nothing", file, rows.name, shape_text(s));
  if (s.size() == 3) return {1, s[1], s[2]};
  if (channels_last(s)) return {s[3], s[1], s[2]};
  return {s.begin() + 1, s.end()};
}

Facts facts_of(io::TensorReader& tensors, const io::Source& source, const DatasetOptions& options) {
  const io::Layout& layout = tensors.layout();
  const auto [rows, labels] = find_tensors(tensors);
  Facts facts{.name = tensors.name(),
              .size = 0,
              .shape = row_shape_of(*rows, tensors.name()),
              .labels = labels ? to_labels(*labels, tensors.map(*labels), tensors.name()) : std::vector<int64_t>{},
              .classes = 0,
              .class_names = {},
              .history = io::read_history(layout.metadata),
              .records = {io::record_of(source, layout)}};
  facts.size = rows->shape[0];
  complete_labels(facts, options);
  return facts;
}

class TensorDataset : public OpenDataset {
 public:
  TensorDataset(std::unique_ptr<io::TensorReader> tensors, Facts facts, const DatasetOptions& options)
      : OpenDataset(std::move(facts)),
        tensors_(std::move(tensors)),
        rows_(*find_tensors(*tensors_).rows),
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
      return to_planes(row);
    }
    array::to_float32(rows_.dtype, bytes, row);
    to_planes(row);
    if (scaling_.given())
      for (float& v : row) v = scaling_(v);
    check_values(i, row);
  }

 private:
  /// [H,W,C] to [C,H,W], where the file has it so.
  void to_planes(std::span<float> row) const {
    if (!channels_last(rows_.shape)) return;
    const std::vector<float> pixels(row.begin(), row.end());
    const int64_t channels = facts_.shape[0], count = facts_.shape[1] * facts_.shape[2];
    for (int64_t p = 0; p < count; ++p)
      for (int64_t c = 0; c < channels; ++c) row[c * count + p] = pixels[p * channels + c];
  }
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

std::unique_ptr<Dataset> open_tensors(io::TensorReader tensors, const io::Source& source,
                                      const DatasetOptions& options) {
  tensors.spool();  // rows are read in any order
  auto reader = std::make_unique<io::TensorReader>(std::move(tensors));
  Facts facts = facts_of(*reader, source, options);
  return std::make_unique<TensorDataset>(std::move(reader), std::move(facts), options);
}

}  // namespace athanor::data
