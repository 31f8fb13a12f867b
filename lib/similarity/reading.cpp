#include "similarity/reading.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/parallel.h"

namespace athanor::similarity {
namespace {

/// Rows that are read together, and of them those that a thread takes at a time.
constexpr int64_t kBlock = 2048, kPart = 64;

void read_into(const Set& set, std::span<const int64_t> numbers, int64_t threads, std::span<float> out) {
  const int64_t size = element_count(set.rows.shape()), dimension = set.features.dimension();
  const auto n = int64_t(numbers.size());
  in_parallel((n + kPart - 1) / kPart, threads, [&](int64_t part) {
    const int64_t first = part * kPart, count = std::min(kPart, n - first);
    std::vector<float> rows(size_t(count * size));
    for (int64_t i = 0; i < count; ++i)
      set.rows.read(set.number(numbers[size_t(first + i)]), std::span(rows).subspan(size_t(i * size), size_t(size)));
    const std::span<float> features = out.subspan(size_t(first * dimension), size_t(count * dimension));
    set.features.compute(rows, features);
    for (size_t i = 0; i < features.size(); ++i)
      require(std::isfinite(features[i]), "{}: {} gives {} for row {}", set.rows.name(), set.features.name(),
              std::isnan(features[i]) ? "NaN" : "infinity",
              set.number(numbers[size_t(first + int64_t(i) / dimension)]));
  });
}

}  // namespace

Set limited(const data::Dataset& rows, const Features& features, int64_t limit, uint64_t seed, Choice choice) {
  Set set{.rows = rows, .features = features};
  if (limit > 0 && limit < rows.size()) set.chosen = choose(rows.size(), limit, seed, choice);
  return set;
}

void for_blocks(const Set& set, int64_t threads, const Progress& progress,
                const std::function<void(int64_t, const Rows&)>& f) {
  Rows block{.dimension = set.features.dimension()};
  for (int64_t first = 0; first < set.count(); first += kBlock) {
    std::vector<int64_t> numbers(size_t(std::min(kBlock, set.count() - first)));
    std::iota(numbers.begin(), numbers.end(), first);
    block.values.resize(numbers.size() * size_t(block.dimension));
    read_into(set, numbers, threads, block.values);
    f(first, block);
    if (progress) progress(first + int64_t(numbers.size()));
  }
}

Rows read_rows(const Set& set, std::span<const int64_t> numbers, int64_t threads, const Progress& progress) {
  Rows rows{.dimension = set.features.dimension()};
  const auto d = size_t(rows.dimension);
  rows.values.resize(numbers.size() * d);
  for (size_t i = 0; i < numbers.size(); i += size_t(kBlock)) {
    const size_t n = std::min(size_t(kBlock), numbers.size() - i);
    read_into(set, numbers.subspan(i, n), threads, std::span(rows.values).subspan(i * d, n * d));
    if (progress) progress(int64_t(i + n));
  }
  return rows;
}

}  // namespace athanor::similarity
