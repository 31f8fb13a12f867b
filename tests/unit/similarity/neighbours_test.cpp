#include "similarity/neighbours.h"

#include <algorithm>
#include <cmath>

#include "make.h"
#include "similarity/pairs.h"

namespace athanor::similarity {
namespace {

Nearest plain(const Rows& queries, const Rows& among, int64_t k, bool within) {
  Nearest found{.k = k, .distances = {}, .numbers = {}};
  for (int64_t i = 0; i < queries.count(); ++i) {
    std::vector<std::pair<double, int64_t>> all;
    for (int64_t j = 0; j < among.count(); ++j)
      if (!within || i != j) all.emplace_back(std::sqrt(squared_distance(queries.row(i), among.row(j))), j);
    std::ranges::sort(all);
    for (int64_t j = 0; j < k; ++j) {
      found.distances.push_back(all[size_t(j)].first);
      found.numbers.push_back(all[size_t(j)].second);
    }
  }
  return found;
}
double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / double(values.size());
}
Rows line(std::vector<float> values) { return {.dimension = 1, .values = std::move(values)}; }

TEST_CASE("neighbours: two ways: by products and by differences", "[similarity]") {
  for (const auto& [n, m, d, k] : {std::array<int64_t, 4>{1, 1, 1, 1}, {40, 30, 2, 30}, {300, 1100, 7, 5}}) {
    const Rows queries = test::normal_rows(n, d, 0), among = test::normal_rows(m, d, 1);
    for (const int64_t threads : {1, 3}) {
      const Nearest found = nearest(queries, among, k, threads), expected = plain(queries, among, k, false);
      CHECK(found.numbers == expected.numbers);
      CHECK(found.distances == expected.distances);
    }
  }
  const Rows rows = test::normal_rows(400, 3, 2);
  CHECK(nearest_within(rows, 4).numbers == plain(rows, rows, 4, true).numbers);
}

TEST_CASE("neighbours: value: copies are at distance 0, and of equals the first comes first", "[similarity]") {
  const Rows among = line({5, 1, 1, 9});
  const Nearest found = nearest(line({1, 8}), among, 3);
  CHECK(found.numbers == std::vector<int64_t>{1, 2, 0, 3, 0, 1});
  CHECK(found.distances == std::vector<double>{0, 0, 4, 1, 3, 7});
  CHECK(nearest_within(among, 1).numbers == std::vector<int64_t>{1, 2, 1, 0});
}

TEST_CASE("alikeness: value: on a line", "[similarity]") {
  // Balls of the real rows with k = 1: [−1,1], [0,2], [1,5], reaching 1, 1 and 2; of the samples [0,1] and [0,1].
  const Alikeness found = alikeness(line({0, 1, 3}), line({0.25f, 0.75f}), 1);
  CHECK(found.precision == std::vector<double>{1, 1});
  CHECK(found.density == std::vector<double>{2, 2});
  CHECK(found.coverage == std::vector<double>{1, 1, 0});
  CHECK(found.recall == std::vector<double>{1, 1, 0});  // 0.25 ± 0.5 holds 0, 0.75 ± 0.5 holds 1
  const Alikeness apart = alikeness(line({0, 1, 3}), line({100, 101}), 1);
  CHECK(mean(apart.precision) + mean(apart.recall) + mean(apart.density) + mean(apart.coverage) == 0);
}

TEST_CASE("alikeness: two ways: by tiles and by the definition", "[similarity]") {
  const Rows real = test::normal_rows(270, 5, 0), samples = test::normal_rows(1050, 5, 1, 0.3, 1.2);
  const int64_t k = 4;
  const Nearest real_balls = plain(real, real, k, true), sample_balls = plain(samples, samples, k, true);
  std::vector<double> precision(1050, 0), density(1050, 0), recall(270, 0), coverage(270, 0);
  for (int64_t i = 0; i < 270; ++i)
    for (int64_t j = 0; j < 1050; ++j) {
      const double distance = std::sqrt(squared_distance(real.row(i), samples.row(j)));
      if (distance <= real_balls.distances[size_t(i * k + k - 1)]) {
        precision[size_t(j)] = coverage[size_t(i)] = 1;
        density[size_t(j)] += 0.25;
      }
      if (distance <= sample_balls.distances[size_t(j * k + k - 1)]) recall[size_t(i)] = 1;
    }
  for (const int64_t threads : {1, 3}) {
    const Alikeness found = alikeness(real, samples, k, threads);
    CHECK(found.precision == precision);
    CHECK(found.density == density);
    CHECK(found.recall == recall);
    CHECK(found.coverage == coverage);
  }
}

TEST_CASE("alikeness: law: of equal distributions density is 1 and coverage 1 − the probability of k real rows nearer",
          "[similarity]") {
  // Naeem et al. 2020, lemmas 1 and 2: E density = 1 and, of n rows each, E coverage = 1 − ∏_{i<k} (n − 1 − i)/(2n − 1
  // − i).
  const int64_t n = 1500, k = 3;
  const Alikeness found = alikeness(test::normal_rows(n, 4, 0), test::normal_rows(n, 4, 1), k);
  double missed = 1;
  for (int64_t i = 0; i < k; ++i) missed *= double(n - 1 - i) / double(2 * n - 1 - i);
  CHECK(mean(found.coverage) == Approx(1 - missed).margin(4 * std::sqrt(missed * (1 - missed) / double(n))));
  // A ball that holds k of n real rows holds k of n samples, with a variance of 2k: those of the ball's probability and
  // of the samples in it. Four deviations of the mean of n balls.
  CHECK(mean(found.density) == Approx(1).margin(4 * std::sqrt(2.0 / double(k * n))));
}

TEST_CASE("neighbours: refusal", "[similarity]") {
  const Rows five = test::normal_rows(5, 2, 0), six = test::normal_rows(6, 2, 1);
  CHECK_THROWS_WITH(nearest(six, five, 6), "neighbours: there are no 6 among 5 rows");
  CHECK_THROWS_WITH(nearest_within(five, 5), "neighbours: 5 of each row need more than 5 rows, got 5");
  CHECK_THROWS_WITH(alikeness(five, six, 5), "neighbours: needs at least 6 rows of each set, got 5 and 6");
  CHECK_THROWS_WITH(nearest(test::normal_rows(3, 3, 0), five, 1), "neighbours: rows of 3 numbers against rows of 2");
}

}  // namespace
}  // namespace athanor::similarity
