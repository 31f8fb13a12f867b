// What all datasets share: facts about their rows, and how stored numbers become those that networks see.
#pragma once

#include <array>
#include <cstddef>

#include "core/dtype.h"
#include "data/dataset.h"
#include "io/tensor_reader.h"

namespace athanor::data {

/// What is known of a set once it is open.
struct Facts {
  std::string name;  ///< how messages call it
  int64_t size = 0;
  Shape shape;
  std::vector<int64_t> labels;  ///< [size], or empty
  int64_t classes = 0;
  std::vector<std::string> class_names;
  io::History history;
  std::vector<io::InputRecord> records;
};

/// A dataset whose facts are in memory; only read() is left to be done.
class OpenDataset : public Dataset {
 public:
  const std::string& name() const override { return facts_.name; }
  int64_t size() const override { return facts_.size; }
  const Shape& shape() const override { return facts_.shape; }
  bool labelled() const override { return !facts_.labels.empty(); }
  int64_t label(int64_t i) const override;
  int64_t classes() const override { return facts_.classes; }
  const std::vector<std::string>& class_names() const override { return facts_.class_names; }
  const io::History& history() const override { return facts_.history; }
  const std::vector<io::InputRecord>& records() const override { return facts_.records; }

 protected:
  explicit OpenDataset(Facts facts) : facts_(std::move(facts)) {}
  /// Throws Error{data} unless i is a row and `values` are as many as it has.
  void check_row(int64_t i, size_t values) const;
  Facts facts_;
};

/// The linear map of --range onto [-1,1].
class Scaling {
 public:
  /// Throws Error{usage} unless `range` is empty or low < high.
  explicit Scaling(const std::vector<double>& range);
  bool given() const { return given_; }
  /// v, seen between low and high.
  float operator()(double v) const { return float((v - low_) / (high_ - low_) * 2 - 1); }
  /// A byte's value; without a range x/127.5 − 1.
  float of_byte(uint8_t x) const { return bytes_[x]; }

 private:
  bool given_;
  double low_ = 0, high_ = 255;
  std::array<float, 256> bytes_;
};

/// Labels of a tensor [N] of integers. Throws Error{data}: another type or shape, a negative label, one beyond 2^31.
std::vector<int64_t> to_labels(const io::TensorInfo& tensor, std::span<const std::byte> little_endian,
                               std::string_view file);
/// Takes the labels of --labels, if given, after the other records, and counts classes. Throws Error{data} when the set
/// has labels already, or another number of rows.
void complete_labels(Facts& facts, const DatasetOptions& options);

/// The kinds of datasets; open_dataset chooses.
std::unique_ptr<Dataset> open_folder(const std::string& path, const DatasetOptions& options, const Remark& remark);
std::unique_ptr<Dataset> open_image(io::Input input, const io::Source& source, const DatasetOptions& options);
std::unique_ptr<Dataset> open_tar(io::Input input, const io::Source& source, const DatasetOptions& options,
                                  const Remark& remark);

}  // namespace athanor::data
