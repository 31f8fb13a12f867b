#include "data/loader.h"

#include <algorithm>
#include <optional>

#include "core/random.h"

namespace athanor::data {

Loader::Loader(const Dataset& dataset, int64_t batch, uint64_t seed, int64_t first, int64_t ahead)
    : dataset_(dataset), batch_(batch), seed_(seed), next_(first) {
  require(dataset.size() > 0, "the data have no rows");
  require(batch > 0 && first >= 0, "batches of {} rows from row {} cannot be drawn", batch, first);
  for (int64_t i = 0; i < std::max<int64_t>(1, ahead); ++i, next_ += batch_)
    ahead_.push_back(std::async(std::launch::async, &Loader::load, this, next_));
}

// A future of std::async waits for its thread when it is destroyed.
Loader::~Loader() { ahead_.clear(); }

Batch Loader::next() {
  std::future<Batch> front = std::move(ahead_.front());
  ahead_.pop_front();
  ahead_.push_back(std::async(std::launch::async, &Loader::load, this, next_));
  next_ += batch_;
  return front.get();
}

Batch Loader::load(int64_t first) const {
  const int64_t values = element_count(dataset_.shape()), size = dataset_.size();
  Batch batch{.first = first, .rows = std::vector<float>(batch_ * values), .labels = {}};
  std::optional<Permutation> order;
  for (int64_t k = 0; k < batch_; ++k) {
    const int64_t epoch = (first + k) / size, place = (first + k) % size;
    if (k == 0 || place == 0) order.emplace(size, seed_, epoch, Purpose::data_order);
    const int64_t row = int64_t((*order)[place]);
    dataset_.read(row, std::span(batch.rows).subspan(k * values, values));
    if (dataset_.labelled()) batch.labels.push_back(dataset_.label(row));
  }
  return batch;
}

}  // namespace athanor::data
