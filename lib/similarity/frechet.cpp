#include "similarity/frechet.h"

#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/check.h"

namespace athanor::similarity {
namespace {

/// Pivots of a block of the decomposition, after which the rest is brought up to date by one product.
constexpr int64_t kPivots = 64;

math::Vectors rows_of(const Matrix& m, int64_t first, int64_t n) {
  return math::rows_of(std::span(m.data() + first * m.cols(), size_t(n * m.cols())), m.cols());
}

/// F of FᵀF = Σ, row by row: the next row is that of the largest variance that is left.
class PivotedCholesky {
 public:
  PivotedCholesky(const Matrix& covariance, int64_t threads)
      : d_(covariance.rows()),
        threads_(threads),
        negative_rest_(-covariance),
        variances_(covariance.diagonal()),
        factor_(d_, d_),
        top_(variances_.maxCoeff()) {}

  Matrix factor() {
    while (rank_ < d_) {
      Eigen::Index p = 0;
      const double pivot = variances_.maxCoeff(&p), lowest = variances_.minCoeff();
      require(lowest >= -kNegative * top_, "the covariance has a negative eigenvalue: it is no covariance");
      // What is no larger than what rounding made negative is rounding itself.
      if (pivot <= std::max(double(d_) * std::numeric_limits<double>::epsilon() * top_, -4 * lowest)) break;
      take(p, pivot);
      if (rank_ - joined_ == kPivots) join();
    }
    join();
    require(negative_rest_.cwiseAbs().maxCoeff() <= std::max(kNegative * top_, 0.0) || rank_ == d_,
            "the covariance has a negative eigenvalue: it is no covariance");
    return factor_.topRows(rank_);
  }

 private:
  static constexpr double kNegative = 1e-5;

  void take(Eigen::Index p, double pivot) {
    auto row = factor_.row(rank_);
    const int64_t fresh = rank_ - joined_;
    row = -negative_rest_.row(p);
    if (fresh > 0)
      row.noalias() -= factor_.block(joined_, p, fresh, 1).transpose() * factor_.middleRows(joined_, fresh);
    for (const Eigen::Index used : taken_) row[used] = 0;
    row /= std::sqrt(pivot);
    row[p] = std::sqrt(pivot);
    variances_ -= row.transpose().cwiseAbs2();
    variances_[p] = 0;
    taken_.push_back(p);
    ++rank_;
  }
  /// −rest += FᵀF of the rows since the last time.
  void join() {
    const int64_t fresh = rank_ - joined_;
    if (fresh == 0) return;
    const math::Vectors columns =
        math::columns_of(std::span<const double>(factor_.data() + joined_ * d_, size_t(fresh * d_)), d_);
    math::add_products(columns, columns, negative_rest_.data(), d_, threads_);
    joined_ = rank_;
  }

  int64_t d_, threads_, rank_ = 0, joined_ = 0;  ///< joined: rows of F that the rest knows of
  Matrix negative_rest_;                         ///< −(Σ − FᵀF)
  Eigen::VectorXd variances_;                    ///< diagonal of Σ − FᵀF, of all rows
  Matrix factor_;
  double top_;
  std::vector<Eigen::Index> taken_;
};

/// ‖A·Bᵀ‖_*.
double nuclear_norm(const Matrix& a, const Matrix& b, int64_t threads) {
  if (a.rows() == 0 || b.rows() == 0) return 0;
  Matrix product = Matrix::Zero(a.rows(), b.rows());
  math::add_products(rows_of(a, 0, a.rows()), rows_of(b, 0, b.rows()), product.data(), b.rows(), threads);
  // The solver divides by its largest element.
  if (product.cwiseAbs().maxCoeff() == 0) return 0;
  return Eigen::BDCSVD<Eigen::MatrixXd>(product).singularValues().sum();
}

}  // namespace

Gaussian gaussian_of(const Moments& moments, int64_t threads) {
  require(moments.covariance.diagonal().minCoeff() >= 0, "the covariance has a negative variance");
  return {.mean = moments.mean,
          .factor = PivotedCholesky(moments.covariance, threads).factor(),
          .trace = moments.covariance.trace()};
}

Gaussian gaussian_of(const Rows& rows, std::span<const int64_t> times) {
  std::vector<int64_t> numbers, counts;
  for (int64_t i = 0; i < rows.count(); ++i)
    if (times.empty() || times[size_t(i)] > 0) {
      numbers.push_back(i);
      counts.push_back(times.empty() ? 1 : times[size_t(i)]);
    }
  const auto n = double(std::accumulate(counts.begin(), counts.end(), int64_t{0}));
  require(n >= 2, "a covariance needs at least 2 rows, got {}", n);
  Gaussian g{.mean = Eigen::VectorXd::Zero(rows.dimension),
             .factor = Matrix(Eigen::Index(numbers.size()), rows.dimension)};
  for (size_t i = 0; i < numbers.size(); ++i) {
    const std::span<const float> row = rows.row(numbers[i]);
    g.factor.row(Eigen::Index(i)) = Eigen::Map<const Eigen::RowVectorXf>(row.data(), rows.dimension).cast<double>();
    g.mean += double(counts[i]) / n * g.factor.row(Eigen::Index(i)).transpose();
  }
  for (size_t i = 0; i < numbers.size(); ++i)
    g.factor.row(Eigen::Index(i)) =
        std::sqrt(double(counts[i]) / (n - 1)) * (g.factor.row(Eigen::Index(i)) - g.mean.transpose());
  g.trace = g.factor.squaredNorm();
  return g;
}

double frechet_distance(const Gaussian& a, const Gaussian& b, int64_t threads) {
  require(a.mean.size() == b.mean.size(), "frechet: {} dimensions against {}", a.mean.size(), b.mean.size());
  const double d = (a.mean - b.mean).squaredNorm() + a.trace + b.trace - 2 * nuclear_norm(a.factor, b.factor, threads);
  return std::max(d, 0.0);  // rounding
}

}  // namespace athanor::similarity
