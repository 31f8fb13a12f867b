// A dataset whose rows a function computes.
#pragma once

#include <algorithm>

#include "data/dataset.h"

namespace athanor::test {

class FunctionDataset : public data::Dataset {
 public:
  /// `fill` writes row i and returns its label; classes 0: no labels. It is called from several threads.
  using Fill = std::function<int64_t(int64_t i, std::span<float> row)>;
  FunctionDataset(int64_t size, Shape shape, int64_t classes, Fill fill)
      : size_(size), shape_(std::move(shape)), classes_(classes), fill_(std::move(fill)) {}

  const std::string& name() const override { return records_[0].name; }
  int64_t size() const override { return size_; }
  const Shape& shape() const override { return shape_; }
  void read(int64_t i, std::span<float> row) const override { fill_(i, row); }
  bool labelled() const override { return classes_ > 0; }
  int64_t label(int64_t i) const override {
    std::vector<float> row(static_cast<size_t>(element_count(shape_)));
    return fill_(i, row);
  }
  int64_t classes() const override { return classes_; }
  const std::vector<std::string>& class_names() const override { return class_names_; }
  const io::History& history() const override { return history_; }
  const std::vector<io::InputRecord>& records() const override { return records_; }

 private:
  int64_t size_;
  Shape shape_;
  int64_t classes_;
  Fill fill_;
  std::vector<std::string> class_names_;
  io::History history_;
  std::vector<io::InputRecord> records_{{.name = "function"}};
};

}  // namespace athanor::test
