#include "cosine/ranking.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace athanor::cosine {

Ranking::Ranking(std::string order, size_t most) : order_(std::move(order)), most_(most) {}

void Ranking::keep(std::vector<Entry>& entries, double key, const GroupName& name, const array::Products& group) const {
  if (most_ > 0 && entries.size() == most_) {
    if (key <= entries.front().key) return;
    std::pop_heap(entries.begin(), entries.end());
    entries.pop_back();
  }
  entries.push_back({key, number_, {name.text(), group}});
  if (most_ > 0) std::push_heap(entries.begin(), entries.end());
}

void Ranking::add(const GroupName& name, const array::Products& group) {
  const double x = group.norm_x(), y = group.norm_y();
  if (x == 0 || y == 0) return;
  ++number_;
  if (order_ == "ratio") {
    const double key = std::log(y / x);
    keep(high_, key, name, group);
    if (most_ > 0) keep(low_, -key, name, group);
  } else {
    const double lost = group.deficit();
    keep(high_, order_ == "cosine" ? lost : x * y * lost, name, group);
  }
}

std::vector<Ranked> Ranking::sorted(double ratio) const {
  std::vector<Entry> entries = high_;
  if (order_ == "ratio") {
    for (const Entry& entry : low_)
      if (std::ranges::find(high_, entry.number, &Entry::number) == high_.end()) entries.push_back(entry);
    for (Entry& entry : entries)
      entry.key = std::abs(std::log(entry.group.products.norm_y() / entry.group.products.norm_x() / ratio));
  }
  std::sort(entries.begin(), entries.end());
  if (most_ > 0 && entries.size() > most_) entries.resize(most_);
  std::vector<Ranked> groups;
  for (Entry& entry : entries) groups.push_back(std::move(entry.group));
  return groups;
}

}  // namespace athanor::cosine
