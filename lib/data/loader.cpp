#include "data/loader.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "core/random.h"

namespace athanor::data {
namespace {

/// The rows of a set in an order of its own: number n of all is the same whatever came before.
class Order {
 public:
  Order(const Dataset& set, uint64_t seed, Purpose purpose) : size_(set.size()), seed_(seed), purpose_(purpose) {}
  int64_t operator[](int64_t n) {
    if (n / size_ != epoch_ || !permutation_) permutation_.emplace(size_, seed_, epoch_ = n / size_, purpose_);
    return int64_t((*permutation_)[uint64_t(n % size_)]);
  }

 private:
  int64_t size_, epoch_ = 0;
  uint64_t seed_;
  Purpose purpose_;
  std::optional<Permutation> permutation_;
};

}  // namespace

io::History Drawn::history() const {
  io::History lines = rows.history();
  if (source) std::ranges::copy(source->history(), std::back_inserter(lines));
  return lines;
}

std::vector<io::InputRecord> Drawn::records() const {
  std::vector<io::InputRecord> all = rows.records();
  if (source) std::ranges::copy(source->records(), std::back_inserter(all));
  return all;
}

void Share::check(int64_t batch) const {
  if (batch % parts != 0 || batch / parts % ranks != 0)
    fail(ErrorKind::usage, "--batch {} is not divisible by {} (--accum times processes)", batch,
         double(parts) * double(ranks));
}

Loader::Loader(const Drawn& drawn, int64_t batch, uint64_t seed, int64_t first, const Share& share, int64_t ahead)
    : drawn_(drawn), batch_(batch), seed_(seed), first_(first), share_(share) {
  const Dataset& rows = drawn.rows;
  require(rows.size() > 0, "the data have no rows");
  require(batch > 0 && first >= 0, "batches of {} rows from row {} cannot be drawn", batch, first);
  share.check(batch);
  if (const Dataset* source = drawn.source) {
    require(source->size() > 0, "{}: the source has no rows", source->name());
    require(source->shape() == rows.shape(), "{}: rows of the source are {}, those of the data {}", source->name(),
            shape_text(source->shape()), shape_text(rows.shape()));
    require(!drawn.paired || source->size() == rows.size(), "{}: {} rows of the source cannot be paired with {} of {}",
            source->name(), source->size(), rows.size(), rows.name());
  }
  for (int64_t i = 0; i < std::max<int64_t>(1, ahead); ++i) read_ahead();
}

void Loader::read_ahead() {
  const int64_t step = started_ / share_.parts, part = started_ % share_.parts;
  const int64_t rows = batch_ / share_.ranks;
  ahead_.push_back(std::async(std::launch::async, &Loader::load, this,
                              first_ + step * batch_ + share_.rank * rows + part * (rows / share_.parts)));
  ++started_;
}

// A future of std::async waits for its thread when it is destroyed.
Loader::~Loader() { ahead_.clear(); }

Batch Loader::next() {
  std::future<Batch> front = std::move(ahead_.front());
  ahead_.pop_front();
  read_ahead();
  return front.get();
}

Batch Loader::load(int64_t first) const {
  const int64_t values = element_count(drawn_.rows.shape()), count = batch_ / (share_.ranks * share_.parts);
  const Dataset& source = drawn_.source ? *drawn_.source : drawn_.rows;
  Batch batch{.first = first, .rows = std::vector<float>(count * values)};
  if (drawn_.source) batch.source.resize(batch.rows.size());
  Order order(drawn_.rows, seed_, Purpose::data_order), source_order(source, seed_, Purpose::source_order);
  for (int64_t k = 0; k < count; ++k) {
    const int64_t row = order[first + k];
    drawn_.rows.read(row, std::span(batch.rows).subspan(k * values, values));
    if (drawn_.rows.labelled()) batch.labels.push_back(drawn_.rows.label(row));
    if (drawn_.source)
      source.read(drawn_.paired ? row : source_order[first + k], std::span(batch.source).subspan(k * values, values));
    if (drawn_.augmentation.probability == 0 && !drawn_.augmentation.mirror) continue;
    // What belongs together is changed by the same numbers.
    const auto change = [&](std::vector<float>& rows) {
      Random random(seed_, uint64_t(first + k), Purpose::augmentation);
      return augment(drawn_.augmentation, random, drawn_.rows.shape(), std::span(rows).subspan(k * values, values));
    };
    const AugmentationNumbers told = change(batch.rows);
    if (drawn_.augmentation.probability > 0) batch.told.insert(batch.told.end(), told.begin(), told.end());
    if (drawn_.source && drawn_.paired) change(batch.source);
  }
  return batch;
}

}  // namespace athanor::data
