#include "similarity/scripted_features.h"

#include <algorithm>

namespace athanor::similarity {

ScriptedFeatures::ScriptedFeatures(const io::Source& network, const std::vector<double>& range, const Shape& shape,
                                   int64_t threads)
    : shape_(shape) {
  require(range.size() == 2 && range[0] < range[1], "{}: no range LOW < HIGH is given", network.name());
  scale_ = (range[1] - range[0]) / 2;
  offset_ = (range[1] + range[0]) / 2;
  torchscript::Opened opened = torchscript::open_network(network, threads);
  network_ = std::move(opened.network);
  // Two networks of one name are told apart by what is in them.
  name_ = fmt::format("torchscript {} ({})", network.file_name(), opened.sha256.substr(0, 8));
  shape_.insert(shape_.begin(), 1);
  const std::vector<float> row(size_t(element_count(shape)), float(offset_));
  const torchscript::Values values = in_context(network.name(), [&] { return network_->forward(row, shape_); });
  require(!values.shape.empty() && values.shape[0] == 1 && !values.numbers.empty(),
          "{} gives {} for rows of {}; expected [rows, numbers]", network.name(), shape_text(values.shape),
          shape_text(shape_));
  dimension_ = int64_t(values.numbers.size());
}

void ScriptedFeatures::compute(std::span<const float> rows, std::span<float> features) const {
  std::vector<float> seen(rows.size());
  std::ranges::transform(rows, seen.begin(), [&](float x) { return float(offset_ + scale_ * double(x)); });
  Shape shape = shape_;
  shape[0] = int64_t(rows.size()) / element_count(shape_);
  const std::lock_guard lock(one_at_a_time_);
  const torchscript::Values values = network_->forward(seen, shape);
  require(values.numbers.size() == features.size(), "{} gives {} for rows of {}; expected {} numbers a row", name_,
          shape_text(values.shape), shape_text(shape), dimension_);
  std::ranges::copy(values.numbers, features.begin());
}

}  // namespace athanor::similarity
