#include "similarity/resampling.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "make.h"

namespace athanor::similarity {
namespace {

TEST_CASE("resampling: law: n draws of n, each row once in expectation", "[similarity]") {
  std::vector<int64_t> total(50, 0);
  for (uint64_t r = 0; r < 400; ++r) {
    const std::vector<int64_t> times = draw_with_replacement(50, 3, 1, r);
    CHECK(std::accumulate(times.begin(), times.end(), int64_t{0}) == 50);
    for (size_t i = 0; i < 50; ++i) total[i] += times[i];
  }
  for (const int64_t t : total) CHECK(double(t) == Approx(400).margin(5 * std::sqrt(400.0)));
  CHECK(draw_with_replacement(50, 3, 1, 7) == draw_with_replacement(50, 3, 1, 7));
  CHECK(draw_with_replacement(50, 3, 1, 7) != draw_with_replacement(50, 3, 2, 7));
}

TEST_CASE("resampling: value: the interval is that of the values, moved to the figure", "[similarity]") {
  std::vector<double> values;
  for (int i = 0; i <= 1000; ++i) values.push_back(5 + i * 0.001);
  const Confidence found = confidence_of(1, values);
  CHECK(found.low == Approx(1 - 0.475).epsilon(1e-12));
  CHECK(found.high == Approx(1 + 0.475).epsilon(1e-12));
  CHECK(found.error == Approx(std::sqrt(1001 * 1002 / 12.0) * 0.001).epsilon(1e-12));  // of evenly spread numbers
  CHECK_THROWS_WITH(confidence_of(1, {2}), "resampling: needs at least 2 sets, got 1");
}

TEST_CASE("resampling: law: the mean's error is deviation/√n, and its interval holds it 19 times in 20",
          "[similarity]") {
  int held = 0;
  double error = 0;
  for (uint64_t i = 0; i < 200; ++i) {
    const Rows rows = test::normal_rows(80, 1, i, 2);
    const Confidence found = confidence_of_mean(std::vector<double>(rows.values.begin(), rows.values.end()), 200, i, 0);
    held += found.low <= 2 && 2 <= found.high;
    error += found.error / 200;
  }
  // A deviation of n numbers is known to 1/√(2n), here of 80 rows and of 200 resampled means; and that of drawn rows is
  // smaller by √(79/80). Four deviations of the mean of 200 such errors.
  CHECK(error == Approx(std::sqrt(79.0) / 80).epsilon(4 * std::sqrt((1 / 160.0 + 1 / 400.0) / 200)));
  CHECK(held >= 190 - 4 * 3.1);  // four deviations of 200 throws
  CHECK(held <= 190 + 4 * 3.1);
}

TEST_CASE("choice: law: ascending, without repetition, and disjoint after others", "[similarity]") {
  const std::vector<int64_t> first = choose(100, 30, 5, Choice::reference);
  const std::vector<int64_t> rest = choose(100, 70, 5, Choice::reference, 30);
  CHECK(std::ranges::is_sorted(first));
  std::vector<int64_t> all = first;
  all.insert(all.end(), rest.begin(), rest.end());
  std::ranges::sort(all);
  for (int64_t i = 0; i < 100; ++i) CHECK(all[size_t(i)] == i);
  CHECK(first != choose(100, 30, 5, Choice::samples));
  CHECK(choose(5, 9, 0, Choice::reference) == std::vector<int64_t>{0, 1, 2, 3, 4});
  std::vector<int64_t> sizes(8, 0);
  for (const int32_t group : deal(100, 8, 5, Choice::sample_groups)) ++sizes[size_t(group)];
  CHECK(std::ranges::minmax(sizes).min == 12);
  CHECK(std::ranges::minmax(sizes).max == 13);
}

}  // namespace
}  // namespace athanor::similarity
