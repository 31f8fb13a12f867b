#include "diffusion/guidance.h"

#include <vector>

#include "support/catch.h"

namespace athanor::diffusion {
namespace {

/// Gives 10·σ + label, and counts the rows that it evaluates.
LabelledDenoise labelled(int& rows) {
  return [&rows](const State& x, double sigma, std::span<const int64_t> labels) {
    rows += int(x.rows());
    State D(x.rows(), x.cols());
    for (Eigen::Index i = 0; i < x.rows(); ++i) D.row(i) = 10 * sigma + double(labels[size_t(i)]);
    return D;
  };
}

}  // namespace

TEST_CASE("value: D_u + w(D_c − D_u), row by row") {
  int rows = 0;
  const std::vector<int64_t> labels{3, 0};
  const State D = guided(labelled(rows), 2.5)(State::Zero(2, 3), 1, labels);
  CHECK(D(0, 2) == Approx(10 - 1 + 2.5 * 4));
  CHECK(D(1, 0) == Approx(10 - 1 + 2.5 * 1));
  CHECK(rows == 4);
  CHECK(evaluations_of_guidance(2.5) == 2);
}

TEST_CASE("identity: weights 1 and 0 are one model's own result, from one evaluation") {
  for (const double w : {1.0, 0.0}) {
    int rows = 0;
    const std::vector<int64_t> labels{3};
    CHECK(guided(labelled(rows), w)(State::Zero(1, 1), 1, labels)(0, 0) == (w == 1 ? 13 : 9));
    CHECK(rows == 1);
    CHECK(evaluations_of_guidance(w) == 1);
  }
}

TEST_CASE("identity: rows without a class are not guided") {
  int rows = 0;
  const std::vector<int64_t> none{-1};
  CHECK(guided(labelled(rows), 7)(State::Zero(1, 1), 2, none)(0, 0) == 19);
}

}  // namespace athanor::diffusion
