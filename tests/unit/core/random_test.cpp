#include "core/random.h"

#include <cmath>
#include <set>

#include "support/catch.h"

namespace athanor {
namespace {

TEST_CASE("random: value: Philox4x32-10 gives Random123's known answers", "[core]") {
  using Block = std::array<uint32_t, 4>;
  CHECK(philox4x32({0, 0, 0, 0}, {0, 0}) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox4x32({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}) == Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("random: two ways: a stream is the blocks of its counter", "[core]") {
  const uint64_t seed = 0x0123456789abcdef, index = 0xfedcba9876543210;
  Random random(seed, index, Purpose::churn, 7);
  for (uint32_t block = 0; block < 3; ++block) {
    const auto words = philox4x32({0x76543210, 0xfedcba98, (2u << 24) + 7, block}, {0x89abcdef, 0x01234567});
    for (const uint32_t word : words) REQUIRE(random.bits() == word);
  }
}

TEST_CASE("random: identity: streams of other seeds, indices, purposes and steps differ", "[core]") {
  std::set<uint64_t> first;
  int streams = 0;
  for (const uint64_t seed : {0ull, 1ull, 1ull << 32})
    for (const uint64_t index : {0ull, 1ull, 1ull << 32})
      for (const Purpose purpose : {Purpose::initial_noise, Purpose::churn, Purpose::label_dropout})
        for (const uint32_t step : {0u, 1u, 65535u}) {
          Random random(seed, index, purpose, step);
          const uint64_t high = random.bits();
          first.insert(high << 32 | random.bits());
          ++streams;
        }
  CHECK(first.size() == size_t(streams));
}

TEST_CASE("random: law: moments of the normals lie within four standard errors", "[core]") {
  constexpr int n = 400'000;
  double sums[5] = {};
  Random random(11, 0, Purpose::initial_noise);
  for (int i = 0; i < n; ++i) {
    const double x = random.normal();
    for (int p = 1; p <= 4; ++p) sums[p] += std::pow(x, p) / n;
  }
  // Var x^p = E x^2p − (E x^p)² of the standard normal: 1, 2, 15, 96.
  CHECK(std::abs(sums[1]) < 4 * std::sqrt(1.0 / n));
  CHECK(std::abs(sums[2] - 1) < 4 * std::sqrt(2.0 / n));
  CHECK(std::abs(sums[3]) < 4 * std::sqrt(15.0 / n));
  CHECK(std::abs(sums[4] - 3) < 4 * std::sqrt(96.0 / n));
}

TEST_CASE("random: law: the two normals of one Box-Muller draw are uncorrelated", "[core]") {
  constexpr int n = 200'000;
  double product = 0, squares = 0;
  Random random(5, 1, Purpose::churn);
  for (int i = 0; i < n; ++i) {
    const double x = random.normal(), y = random.normal();
    product += x * y / n;
    squares += (x * x - 1) * (y * y - 1) / n;
  }
  CHECK(std::abs(product) < 4 * std::sqrt(1.0 / n));
  CHECK(std::abs(squares) < 4 * std::sqrt(4.0 / n));
}

TEST_CASE("random: two ways: filling is drawing one by one", "[core]") {
  Random one(3, 4, Purpose::training_noise), other(3, 4, Purpose::training_noise), third(3, 4, Purpose::training_noise);
  std::array<double, 7> wide;
  std::array<float, 7> narrow;
  other.fill_normal(wide);
  third.fill_normal(narrow);
  for (size_t i = 0; i < 7; ++i) {
    const double x = one.normal();
    CHECK(wide[i] == x);
    CHECK(narrow[i] == float(x));
  }
}

TEST_CASE("random: law: uniform lies inside (0,1) with the right mean and variance", "[core]") {
  constexpr int n = 200'000;
  double mean = 0, square = 0;
  Random random(0, 0, Purpose::training_sigma);
  for (int i = 0; i < n; ++i) {
    const double u = random.uniform();
    REQUIRE((u > 0 && u < 1));
    mean += u / n;
    square += (u - 0.5) * (u - 0.5) / n;
  }
  CHECK(std::abs(mean - 0.5) < 4 * std::sqrt(1.0 / 12 / n));
  CHECK(std::abs(square - 1.0 / 12) < 4 * std::sqrt(1.0 / 180 / n));
}

TEST_CASE("random: law: below(n) hits each number equally often", "[core]") {
  constexpr int n = 70'000;
  std::array<int, 7> counts{};
  Random random(9, 9, Purpose::data_order);
  for (int i = 0; i < n; ++i) {
    const uint64_t k = random.below(7);
    REQUIRE(k < 7);
    ++counts[k];
  }
  double chi2 = 0;
  for (const int count : counts) chi2 += (count - n / 7.0) * (count - n / 7.0) / (n / 7.0);
  CHECK(chi2 < 22.46);  // the 0.999 quantile of chi-squared with 6 degrees of freedom
  CHECK(random.below(1) == 0);
}

TEST_CASE("random: identity: Permutation is a bijection that differs by epoch", "[core]") {
  for (const uint64_t n : {1, 2, 3, 7, 1000, 65537}) {
    const Permutation order(n, 42, 0, Purpose::data_order), again(n, 42, 0, Purpose::data_order),
        next(n, 42, 1, Purpose::data_order);
    std::vector<bool> hit(n);
    uint64_t same = 0;
    for (uint64_t i = 0; i < n; ++i) {
      const uint64_t k = order[i];
      REQUIRE(k < n);
      REQUIRE_FALSE(hit[k]);
      hit[k] = true;
      REQUIRE(again[i] == k);
      same += next[i] == k;
    }
    // Two random orders agree in one place on average (a Poisson count of mean 1).
    if (n >= 1000) CHECK(same < 10);
  }
}

TEST_CASE("random: law: the first element of a Permutation is uniform over the epochs", "[core]") {
  constexpr int epochs = 10'000;
  std::array<int, 10> counts{};
  for (uint64_t epoch = 0; epoch < epochs; ++epoch) ++counts[Permutation(10, 1, epoch, Purpose::data_order)[0]];
  double chi2 = 0;
  for (const int count : counts) chi2 += (count - epochs / 10.0) * (count - epochs / 10.0) / (epochs / 10.0);
  CHECK(chi2 < 27.88);  // the 0.999 quantile with 9 degrees of freedom
}

}  // namespace
}  // namespace athanor
