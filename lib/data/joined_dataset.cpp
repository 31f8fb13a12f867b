#include <algorithm>
#include <set>

#include "data/rows.h"

namespace athanor::data {
namespace {

using Sets = std::vector<std::unique_ptr<Dataset>>;
using Names = std::vector<std::string>;

/// The classes of all sets: those that have names agree on them, or share none of their numbers.
Names classes_of(const Sets& sets) {
  const auto unnamed = std::ranges::find_if(sets, [](const auto& set) { return set->class_names().empty(); });
  Names first;
  std::set<std::string> all;
  bool alike = true;
  for (const auto& set : sets) {
    if (set->class_names().empty()) continue;
    if (first.empty()) first = set->class_names();
    alike = alike && set->class_names() == first;
    all.insert(set->class_names().begin(), set->class_names().end());
  }
  if (alike) return first;
  require(unnamed == sets.end(), "{}: its labels are numbers, but the other inputs name different classes",
          unnamed == sets.end() ? "" : (*unnamed)->name());
  return {all.begin(), all.end()};
}

void join_labels(const Sets& sets, Facts& facts, const Remark& remark) {
  const auto has_labels = [](const auto& set) { return set->labelled(); };
  if (!std::ranges::all_of(sets, has_labels)) {
    if (std::ranges::any_of(sets, has_labels)) remark("labels are left out: not all inputs have them");
    return;
  }
  facts.class_names = classes_of(sets);
  for (const auto& set : sets) {
    std::vector<int64_t> number(size_t(set->classes()));  // of each of the set's classes among all
    for (size_t k = 0; k < number.size(); ++k)
      number[k] = k < set->class_names().size()
                      ? std::ranges::find(facts.class_names, set->class_names()[k]) - facts.class_names.begin()
                      : int64_t(k);
    for (int64_t i = 0; i < set->size(); ++i) facts.labels.push_back(number[size_t(set->label(i))]);
    for (const int64_t k : number) facts.classes = std::max(facts.classes, k + 1);
  }
}

Facts join_facts(const Sets& sets, const Remark& remark) {
  Facts facts{.name = sets.front()->name(), .shape = sets.front()->shape()};
  for (const auto& set : sets) {
    require(set->shape() == facts.shape, "{}: rows are {}, but those of {} are {}", set->name(),
            shape_text(set->shape()), sets.front()->name(), shape_text(facts.shape));
    facts.size += set->size();
    facts.history.insert(facts.history.end(), set->history().begin(), set->history().end());
    for (const io::InputRecord& record : set->records()) facts.records.push_back(record);
  }
  join_labels(sets, facts, remark);
  return facts;
}

class JoinedDataset : public OpenDataset {
 public:
  JoinedDataset(Sets sets, const Remark& remark) : OpenDataset(join_facts(sets, remark)), sets_(std::move(sets)) {
    int64_t end = 0;
    for (const auto& set : sets_) ends_.push_back(end += set->size());
  }
  void read(int64_t i, std::span<float> row) const override {
    check_row(i, row.size());
    const size_t k = size_t(std::ranges::upper_bound(ends_, i) - ends_.begin());
    sets_[k]->read(i - (ends_[k] - sets_[k]->size()), row);
  }

 private:
  Sets sets_;
  std::vector<int64_t> ends_;  ///< one past the last row of each
};

}  // namespace

std::unique_ptr<Dataset> join(Sets sets, const Remark& remark) {
  if (sets.size() == 1) return std::move(sets.front());
  return std::make_unique<JoinedDataset>(std::move(sets), remark);
}

}  // namespace athanor::data
