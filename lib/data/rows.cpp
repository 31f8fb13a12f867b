#include "data/rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>

namespace athanor::data {
namespace {

constexpr int64_t kMaxLabel = int64_t{1} << 31;

/// -1 for what int64 cannot hold: labels are never negative.
template <class T>
int64_t label_at(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  if constexpr (std::is_same_v<T, uint64_t>)
    if (value > uint64_t(std::numeric_limits<int64_t>::max())) return -1;
  return int64_t(value);
}

using ReadLabel = int64_t (*)(const std::byte*);

ReadLabel reader_of(DType dtype) {
  switch (dtype) {
    case DType::u64: return label_at<uint64_t>;
    case DType::i64: return label_at<int64_t>;
    case DType::u32: return label_at<uint32_t>;
    case DType::i32: return label_at<int32_t>;
    case DType::u16: return label_at<uint16_t>;
    case DType::i16: return label_at<int16_t>;
    case DType::i8: return label_at<int8_t>;
    case DType::u8: return label_at<uint8_t>;
    default: return nullptr;
  }
}

/// Takes the labels of a file, and records it.
void load_labels(const io::Source& source, Facts& facts) {
  io::TensorReader reader = io::TensorReader::open(source);
  const io::Layout& layout = reader.layout();
  const int64_t named = layout.find("labels");
  require(named >= 0 || layout.tensors.size() == 1, "{}: expected one tensor or one called 'labels', got {} tensors",
          reader.name(), layout.tensors.size());
  const io::TensorInfo& tensor = layout.tensors[named >= 0 ? named : 0];
  // Before its bytes are read: an array of images given by mistake may be large.
  require(tensor.shape.size() == 1, "{}: labels have the shape {}; expected [N]", reader.name(),
          shape_text(tensor.shape));
  facts.labels = to_labels(tensor, reader.read(tensor), reader.name());
  facts.records.push_back(io::record_of(source, layout));
}

}  // namespace

int64_t OpenDataset::label(int64_t i) const {
  require(labelled(), "{}: rows have no labels", facts_.name);
  check_row(i, element_count(facts_.shape));
  return facts_.labels[i];
}

void OpenDataset::check_row(int64_t i, size_t values) const {
  require(i >= 0 && i < facts_.size, "{}: there is no row {} among {}", facts_.name, i, facts_.size);
  require(int64_t(values) == element_count(facts_.shape), "{}: rows are {}, not {} values", facts_.name,
          shape_text(facts_.shape), values);
}

Scaling::Scaling(const std::vector<double>& range) : given_(!range.empty()) {
  if (given_) {
    const bool good = range.size() == 2 && std::isfinite(range[0]) && std::isfinite(range[1]) && range[0] < range[1];
    if (!good) fail(ErrorKind::usage, "--range: expected two numbers LOW,HIGH with LOW < HIGH");
    low_ = range[0];
    high_ = range[1];
  }
  for (int x = 0; x < 256; ++x) bytes_[x] = given_ ? (*this)(x) : float(x) / 127.5f - 1.0f;
}

std::vector<int64_t> to_labels(const io::TensorInfo& tensor, std::span<const std::byte> bytes, std::string_view file) {
  const ReadLabel read = reader_of(tensor.dtype);
  require(read != nullptr, "{}: labels are {}; expected whole numbers", file, name_of(tensor.dtype));
  require(tensor.shape.size() == 1, "{}: labels have the shape {}; expected [N]", file, shape_text(tensor.shape));
  std::vector<int64_t> labels(tensor.shape[0]);
  for (size_t i = 0; i < labels.size(); ++i) {
    labels[i] = read(bytes.data() + i * size_of(tensor.dtype));
    require(labels[i] >= 0, "{}: the label of row {} is negative", file, i);
    require(labels[i] < kMaxLabel, "{}: the label of row {} is {}; expected class numbers", file, i, labels[i]);
  }
  return labels;
}

void complete_labels(Facts& facts, const DatasetOptions& options) {
  if (options.labels) {
    require(facts.labels.empty(), "{}: carries labels of its own; leave out --labels", facts.name);
    load_labels(options.labels, facts);
    require(int64_t(facts.labels.size()) == facts.size, "{}: {} labels for the {} rows of {}", options.labels.name(),
            facts.labels.size(), facts.size, facts.name);
  }
  require(facts.labels.empty() || int64_t(facts.labels.size()) == facts.size, "{}: {} labels for {} rows", facts.name,
          facts.labels.size(), facts.size);
  if (!facts.labels.empty()) facts.classes = 1 + *std::ranges::max_element(facts.labels);
}

}  // namespace athanor::data
