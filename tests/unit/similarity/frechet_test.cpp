#include "similarity/frechet.h"

#include <Eigen/Eigenvalues>
#include <cmath>

#include "make.h"

namespace athanor::similarity {
namespace {

Gaussian gaussian(double mean, const Matrix& covariance) {
  return gaussian_of(
      Moments{.count = 0, .mean = Eigen::VectorXd::Constant(covariance.rows(), mean), .covariance = covariance});
}
/// The definition: √Σ₁ by its eigenvectors, then the eigenvalues of √Σ₁·Σ₂·√Σ₁.
double by_square_roots(const Moments& a, const Moments& b) {
  const Eigen::SelfAdjointEigenSolver<Matrix> first(a.covariance);
  const Matrix root = first.eigenvectors() * first.eigenvalues().cwiseMax(0).cwiseSqrt().asDiagonal() *
                      first.eigenvectors().transpose();
  const Matrix product = root * b.covariance * root;
  const double trace = Eigen::SelfAdjointEigenSolver<Matrix>((product + product.transpose()) / 2)
                           .eigenvalues()
                           .cwiseMax(0)
                           .cwiseSqrt()
                           .sum();
  return (a.mean - b.mean).squaredNorm() + a.covariance.trace() + b.covariance.trace() - 2 * trace;
}
Eigen::VectorXd falling(int64_t d, double ratio) {
  Eigen::VectorXd values(d);
  for (int64_t i = 0; i < d; ++i) values[i] = std::pow(ratio, double(i));
  return values;
}

TEST_CASE("frechet: value: commuting covariances, Σ (√a − √b)²", "[similarity]") {
  Eigen::VectorXd a(3), b(3);
  a << 4, 1, 0.25;
  b << 1, 9, 0.25;
  CHECK(frechet_distance(gaussian(1, a.asDiagonal()), gaussian(3, b.asDiagonal())) ==
        Approx(3 * 4 + 1 + 4).epsilon(1e-13));
  // The same axes, turned.
  CHECK(frechet_distance(gaussian(0, test::with_eigenvalues(a, 5)), gaussian(0, test::with_eigenvalues(b, 5))) ==
        Approx(5).epsilon(1e-12));
}

TEST_CASE("frechet: value: covariances that do not commute", "[similarity]") {
  // Of 2×2 matrices tr √M = √(tr M + 2·√det M), M = Σ₁Σ₂.
  Matrix a(2, 2), b(2, 2);
  a << 2, 1, 1, 3;
  b << 1, -0.5, -0.5, 4;
  const Matrix m = a * b;
  const double expected = a.trace() + b.trace() - 2 * std::sqrt(m.trace() + 2 * std::sqrt(m.determinant()));
  CHECK(frechet_distance(gaussian(0, a), gaussian(0, b)) == Approx(expected).epsilon(1e-13));
}

TEST_CASE("frechet: two ways: by factors and by square roots of the covariances", "[similarity]") {
  for (const int64_t d : {1, 5, 63, 64, 65, 150}) {
    Moments a{.count = 0, .mean = Eigen::VectorXd::Zero(d), .covariance = test::with_eigenvalues(falling(d, 0.95), 1)};
    Moments b{.count = 0, .mean = Eigen::VectorXd::Ones(d), .covariance = test::with_eigenvalues(falling(d, 0.97), 2)};
    CHECK(frechet_distance(gaussian_of(a), gaussian_of(b)) == Approx(by_square_roots(a, b)).epsilon(1e-10));
  }
}

TEST_CASE("frechet: law: symmetric, 0 for equal, and it scales", "[similarity]") {
  const Gaussian a = gaussian_of(test::plain_moments(test::normal_rows(400, 30, 0)));
  const Gaussian b = gaussian_of(test::plain_moments(test::normal_rows(300, 30, 1, 0.2, 2)));
  const double d = frechet_distance(a, b);
  CHECK(frechet_distance(b, a) == Approx(d).epsilon(1e-12));
  CHECK(frechet_distance(a, a) <= 1e-12 * 2 * a.trace);
  CHECK(frechet_distance(gaussian_of(test::plain_moments(test::normal_rows(400, 30, 0, 0, 10))),
                         gaussian_of(test::plain_moments(test::normal_rows(300, 30, 1, 2, 20)))) ==
        Approx(100 * d).epsilon(1e-5));  // rows are float32
}

TEST_CASE("frechet: limit: singular covariances", "[similarity]") {
  // Point masses; a line against a plane; the same covariance of low rank.
  const Matrix zero = Matrix::Zero(3, 3);
  CHECK(frechet_distance(gaussian(0, zero), gaussian(2, zero)) == Approx(12).epsilon(1e-15));
  CHECK(frechet_distance(gaussian(0, zero), gaussian(0, Matrix::Identity(3, 3))) == Approx(3).epsilon(1e-15));
  Eigen::VectorXd line(3), plane(3);
  line << 4, 0, 0;
  plane << 0, 1, 9;
  CHECK(frechet_distance(gaussian(0, line.asDiagonal()), gaussian(0, plane.asDiagonal())) == Approx(14).epsilon(1e-14));
  Eigen::VectorXd low = Eigen::VectorXd::Zero(40);
  low.head(5) = falling(5, 0.5);
  const Gaussian g = gaussian(0, test::with_eigenvalues(low, 3));
  CHECK(g.factor.rows() == 5);
  CHECK(frechet_distance(g, g) <= 1e-12 * 2 * g.trace);
}

TEST_CASE("frechet: two ways: fewer rows than dimensions, by the rows and by their covariance", "[similarity]") {
  const Rows x = test::normal_rows(20, 60, 0), y = test::normal_rows(35, 60, 1, 0.5), z = test::normal_rows(200, 60, 2);
  const auto direct = [](const Rows& rows) { return gaussian_of(rows); };
  const auto covariance = [](const Rows& rows) { return gaussian_of(test::plain_moments(rows)); };
  const double expected = frechet_distance(direct(x), direct(y));
  // What the header allows: √(2⁻⁵²·60·λ₁λ₂) for each direction that x has not.
  CHECK(frechet_distance(covariance(x), covariance(y)) ==
        Approx(expected).margin(60 * 2 * std::sqrt(0x1p-52 * 60) * 25));
  CHECK(frechet_distance(direct(x), covariance(z)) == Approx(frechet_distance(direct(x), direct(z))).epsilon(1e-11));
  CHECK(covariance(x).factor.rows() == 19);
}

TEST_CASE("frechet: two ways: rows that count several times, and the rows written so often", "[similarity]") {
  const Rows x = test::normal_rows(6, 10, 0), y = test::normal_rows(8, 10, 1);
  const Gaussian weighted = gaussian_of(x, std::vector<int64_t>{2, 0, 1, 3, 0, 1});
  const Gaussian written = gaussian_of(select(x, std::vector<int64_t>{0, 0, 2, 3, 3, 3, 5}));
  CHECK(weighted.trace == Approx(written.trace).epsilon(1e-13));
  CHECK(frechet_distance(weighted, gaussian_of(y)) == Approx(frechet_distance(written, gaussian_of(y))).epsilon(1e-12));
}

TEST_CASE("frechet: law: of normal rows it tends to the distributions' distance", "[similarity]") {
  // N(0, I) and N(0.5, 4 I) in 3 dimensions: 3·(0.25 + 1). Within four standard deviations of the estimates of
  // means and deviations, 2·0.5·√(5/n) and 2·√(4/2n + 1/2n) a dimension.
  const int64_t n = 20000;
  const double d = frechet_distance(gaussian_of(test::plain_moments(test::normal_rows(n, 3, 0))),
                                    gaussian_of(test::plain_moments(test::normal_rows(n, 3, 1, 0.5, 2))));
  const double deviation = std::sqrt(3 * (1.0 * 5 / double(n) + 4 * 2.5 / double(n)));
  CHECK(d == Approx(3.75).margin(4 * deviation));
}

TEST_CASE("frechet: refusal", "[similarity]") {
  const Matrix one = Matrix::Identity(2, 2);
  CHECK_THROWS_WITH(frechet_distance(gaussian(0, one), gaussian(0, Matrix::Identity(3, 3))),
                    "frechet: 2 dimensions against 3");
  Matrix indefinite(2, 2), hollow(2, 2);
  indefinite << 1, 2, 2, 1;
  hollow << 0, 1, 1, 0;
  CHECK_THROWS_WITH(gaussian(0, indefinite), "the covariance has a negative eigenvalue: it is no covariance");
  CHECK_THROWS_WITH(gaussian(0, hollow), "the covariance has a negative eigenvalue: it is no covariance");
  CHECK_THROWS_WITH(gaussian(0, -one), "the covariance has a negative variance");
  CHECK_THROWS_WITH(gaussian_of(test::normal_rows(1, 4, 0)), "a covariance needs at least 2 rows, got 1");
}

}  // namespace
}  // namespace athanor::similarity
