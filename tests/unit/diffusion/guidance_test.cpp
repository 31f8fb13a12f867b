#include "diffusion/guidance.h"

#include <vector>

#include "support/catch.h"

namespace athanor::diffusion {
namespace {

/// Gives 10·σ + label, and counts its calls.
LabelledDenoise labelled(int& calls) {
  return [&calls](const State& x, double sigma, std::span<const int64_t> labels) {
    ++calls;
    State D(x.rows(), x.cols());
    for (Eigen::Index i = 0; i < x.rows(); ++i) D.row(i) = 10 * sigma + double(labels[size_t(i)]);
    return D;
  };
}

}  // namespace

TEST_CASE("value: D_u + w(D_c − D_u), row by row") {
  int calls = 0;
  const std::vector<int64_t> labels{3, 0};
  const State D = guided(labelled(calls), 2.5)(State::Zero(2, 3), 1, labels);
  CHECK(D(0, 2) == Approx(10 - 1 + 2.5 * 4));
  CHECK(D(1, 0) == Approx(10 - 1 + 2.5 * 1));
  CHECK(calls == 2);
  CHECK(calls_of_guidance(2.5) == 2);
}

TEST_CASE("identity: weights 1 and 0 are one model's own result, in one call") {
  for (const double w : {1.0, 0.0}) {
    int calls = 0;
    const std::vector<int64_t> labels{3};
    CHECK(guided(labelled(calls), w)(State::Zero(1, 1), 1, labels)(0, 0) == (w == 1 ? 13 : 9));
    CHECK(calls == 1);
    CHECK(calls_of_guidance(w) == 1);
  }
}

TEST_CASE("identity: rows without a class are not guided") {
  int calls = 0;
  const std::vector<int64_t> none{-1};
  CHECK(guided(labelled(calls), 7)(State::Zero(1, 1), 2, none)(0, 0) == 19);
}

}  // namespace athanor::diffusion
