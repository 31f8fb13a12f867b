#include "math/assignment.h"

#include <algorithm>
#include <numeric>

#include "core/random.h"
#include "support/catch.h"

namespace athanor::math {
namespace {

Eigen::MatrixXd random_costs(Eigen::Index n, uint64_t stream, bool whole) {
  Random random(3, stream, Purpose::initial_noise);
  Eigen::MatrixXd cost(n, n);
  for (Eigen::Index j = 0; j < n; ++j)
    for (Eigen::Index i = 0; i < n; ++i) cost(i, j) = whole ? double(random.below(4)) : random.normal();
  return cost;
}

double sum_of(const Eigen::MatrixXd& cost, const std::vector<int64_t>& partner) {
  double sum = 0;
  for (size_t i = 0; i < partner.size(); ++i) sum += cost(Eigen::Index(i), Eigen::Index(partner[i]));
  return sum;
}

}  // namespace

TEST_CASE("two ways: the least cost of all permutations, with ties and without") {
  for (const Eigen::Index n : {1, 2, 3, 5, 7})
    for (uint64_t stream = 0; stream < 20; ++stream)
      for (const bool whole : {false, true}) {
        const Eigen::MatrixXd cost = random_costs(n, stream, whole);
        std::vector<int64_t> partner(static_cast<size_t>(n));
        std::iota(partner.begin(), partner.end(), 0);
        double least = sum_of(cost, partner);
        while (std::ranges::next_permutation(partner).found) least = std::min(least, sum_of(cost, partner));
        std::vector<int64_t> found = assign(cost);
        CHECK(sum_of(cost, found) == Approx(least).margin(1e-12));
        std::ranges::sort(found);
        for (size_t i = 0; i < found.size(); ++i) CHECK(found[i] == int64_t(i));
      }
}

TEST_CASE("law: points on a line are matched in their order") {
  const Eigen::Index n = 200;
  Random random(1, 0, Purpose::initial_noise);
  Eigen::ArrayXXd a(n, 1), b(n, 1);
  for (Eigen::Index i = 0; i < n; ++i) {
    a(i, 0) = random.normal();
    b(i, 0) = 2 * random.normal() + 1;
  }
  const std::vector<int64_t> partner = assign(squared_distances(a, b));
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j < i; ++j)
      CHECK((a(i, 0) < a(j, 0)) == (b(partner[size_t(i)], 0) < b(partner[size_t(j)], 0)));
}

TEST_CASE("limit: no rows") { CHECK(assign(Eigen::MatrixXd(0, 0)).empty()); }

TEST_CASE("refusal: costs that are not square or not finite") {
  CHECK_THROWS_WITH(assign(Eigen::MatrixXd::Zero(2, 3)), "assignment: costs [2,3] are not square");
  Eigen::MatrixXd cost = Eigen::MatrixXd::Zero(2, 2);
  cost(1, 0) = INFINITY;
  CHECK_THROWS_WITH(assign(cost), "assignment: a cost is not finite");
}

}  // namespace athanor::math
