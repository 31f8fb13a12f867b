#include "similarity/moments.h"

#include <cmath>

#include "make.h"

namespace athanor::similarity {
namespace {

MomentSums sums_of(const Rows& rows, int64_t cut, int64_t threads = 1) {
  MomentAccumulator accumulator(rows.dimension, threads);
  for (int64_t i = 0; i < rows.count(); i += cut) accumulator.add(rows.part(i, std::min(cut, rows.count() - i)));
  return accumulator.sums();
}
double difference(const Moments& a, const Moments& b) {
  return std::max((a.mean - b.mean).cwiseAbs().maxCoeff(), (a.covariance - b.covariance).cwiseAbs().maxCoeff());
}

TEST_CASE("moments: two ways: by blocks and by the definition", "[similarity]") {
  for (const int64_t n : {2, 7, 1022, 1023, 1024, 5000}) {
    const Rows rows = test::normal_rows(n, 9, 0, 3, 2);
    const Moments moments = sums_of(rows, 100).moments();
    CHECK(moments.count == n);
    CHECK(difference(moments, test::plain_moments(rows)) < 1e-12);
  }
}

TEST_CASE("moments: identity: neither the cut into calls nor the threads change a bit", "[similarity]") {
  const Rows rows = test::normal_rows(3000, 300, 0);
  const Moments whole = sums_of(rows, 3000).moments();
  CHECK(difference(whole, sums_of(rows, 1).moments()) == 0);
  CHECK(difference(whole, sums_of(rows, 777, 3).moments()) == 0);
}

TEST_CASE("moments: value: a spread far below the mean, and a first block that lies elsewhere", "[similarity]") {
  Rows rows{.dimension = 1, .values = std::vector<float>(4096, 0.f)};
  for (size_t i = 1023; i < 4096; ++i) rows.values[i] = float(0x1p20 + double(i % 2));
  const Moments moments = sums_of(rows, 4096).moments(), plain = test::plain_moments(rows);
  CHECK(moments.covariance(0, 0) == Approx(plain.covariance(0, 0)).epsilon(1e-13));
  const Rows far{.dimension = 1, .values = std::vector(rows.values.begin() + 1023, rows.values.end())};
  // 1536 numbers of one kind and 1537 of the other: n/4·n/(n−1), less what the odd one takes.
  const double n = 3073;
  CHECK(sums_of(far, 4096).moments().covariance(0, 0) == Approx(1536.0 * 1537 / n / (n - 1)).epsilon(1e-13));
}

TEST_CASE("moments: law: sums join, and may be repeated", "[similarity]") {
  const Rows rows = test::normal_rows(500, 5, 0, 1), others = test::normal_rows(300, 5, 1, -4);
  Rows both{.dimension = 5, .values = rows.values};
  for (int times = 0; times < 3; ++times)
    both.values.insert(both.values.end(), others.values.begin(), others.values.end());
  MomentSums sums = sums_of(rows, 500);
  sums.add(sums_of(others, 300), 3);
  sums.add(sums_of(others, 300), 0);
  CHECK(difference(sums.moments(), test::plain_moments(both)) < 1e-12);
}

TEST_CASE("moments: identity: what is written is read again, in every format", "[similarity]") {
  const test::TempFolder folder;
  const Moments moments = sums_of(test::normal_rows(50, 4, 0), 50).moments();
  for (const std::string name : {"m.safetensors", "m.npz", "m.pt"}) {
    write_moments({folder / name}, io::Existing::refuse, moments, "pixels", {});
    io::TensorReader file = io::TensorReader::open({folder / name});
    REQUIRE(holds_moments(file.layout()));
    const Moments read = read_moments(file, "pixels", 4);
    CHECK(read.count == 50);
    CHECK(difference(read, moments) == 0);
  }
  io::TensorReader file = io::TensorReader::open({folder / "m.safetensors"});
  CHECK_THROWS_WITH(read_moments(file, "random 512", 4),
                    folder / "m.safetensors" + ": holds moments of the features 'pixels', not 'random 512'");
  CHECK_THROWS_WITH(read_moments(file, "pixels", 5), folder / "m.safetensors" + ": 'mu' is [4]; expected [5]");
}

TEST_CASE("moments: refusal: what is no covariance", "[similarity]") {
  const test::TempFolder folder;
  const auto refused = [&](Moments moments) {
    static int number = 0;
    const std::string path = folder / fmt::format("{}.safetensors", number++);
    write_moments({path}, io::Existing::refuse, moments, "pixels", {});
    io::TensorReader file = io::TensorReader::open({path});
    return std::string(test::error_of([&] { read_moments(file, "pixels", 2); }).what()).substr(path.size() + 2);
  };
  const Eigen::VectorXd mean = Eigen::VectorXd::Zero(2);
  Matrix skew = Matrix::Identity(2, 2), infinite = skew;
  skew(0, 1) = 0.5;
  infinite(1, 1) = INFINITY;
  CHECK(refused({.count = 5, .mean = mean, .covariance = skew}) == "'sigma' is not symmetric");
  CHECK(refused({.count = 5, .mean = mean, .covariance = infinite}) == "'sigma' holds inf");
  CHECK(refused({.count = 1, .mean = mean, .covariance = Matrix::Identity(2, 2)}) == "'count' is 1");
  CHECK_THROWS_WITH(MomentSums(2).moments(), "a covariance needs at least 2 rows, got 0");
}

}  // namespace
}  // namespace athanor::similarity
