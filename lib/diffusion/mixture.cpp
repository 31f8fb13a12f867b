#include "diffusion/mixture.h"

#include <cmath>
#include <numeric>

#include "core/check.h"
#include "math/log_sum_exp.h"
#include "math/normal.h"

namespace athanor::diffusion {

Mixture::Mixture(std::vector<double> weights, State means, State variances)
    : weights_(std::move(weights)), means_(std::move(means)), variances_(std::move(variances)) {
  const auto k = Eigen::Index(weights_.size());
  require(k > 0 && means_.rows() == k && variances_.rows() == k && means_.cols() == variances_.cols(),
          "mixture: {} weights, means [{},{}], variances [{},{}]", k, means_.rows(), means_.cols(), variances_.rows(),
          variances_.cols());
  for (const double w : weights_) require(w > 0 && std::isfinite(w), "mixture: the weight {} is not more than 0", w);
  require(means_.isFinite().all() && variances_.isFinite().all() && (variances_ >= 0).all(),
          "mixture: means must be finite, variances finite and at least 0");
  const double sum = std::accumulate(weights_.begin(), weights_.end(), 0.0);
  for (double& w : weights_) w /= sum;
}

Mixture Mixture::isotropic(std::vector<double> weights, State means, const std::vector<double>& deviations) {
  require(means.rows() == Eigen::Index(deviations.size()), "mixture: {} means, {} deviations", means.rows(),
          deviations.size());
  State variances(means.rows(), means.cols());
  for (Eigen::Index k = 0; k < means.rows(); ++k) variances.row(k) = deviations[size_t(k)] * deviations[size_t(k)];
  return {std::move(weights), std::move(means), std::move(variances)};
}

std::vector<double> Mixture::log_terms(const State& x, Eigen::Index row, double sigma) const {
  std::vector<double> terms;
  for (Eigen::Index k = 0; k < means_.rows(); ++k) {
    double term = std::log(weights_[size_t(k)]);
    for (Eigen::Index j = 0; j < means_.cols(); ++j)
      term += math::log_normal_density(x(row, j), means_(k, j), variances_(k, j) + sigma * sigma);
    terms.push_back(term);
  }
  return terms;
}

std::vector<double> Mixture::posterior(const State& x, Eigen::Index row, double sigma) const {
  std::vector<double> r = log_terms(x, row, sigma);
  const double log_p = math::log_sum_exp(r);
  for (double& term : r) term = std::exp(term - log_p);
  return r;
}

State Mixture::denoise(const State& x, double sigma) const {
  require(x.cols() == dimension(), "mixture: {} columns for {} dimensions", x.cols(), dimension());
  if (sigma == 0) return x;
  State D = State::Zero(x.rows(), x.cols());
  for (Eigen::Index i = 0; i < x.rows(); ++i) {
    const std::vector<double> r = posterior(x, i, sigma);
    for (Eigen::Index k = 0; k < means_.rows(); ++k)
      for (Eigen::Index j = 0; j < x.cols(); ++j) {
        const double v = variances_(k, j), mu = means_(k, j);
        D(i, j) += r[size_t(k)] * (mu + v / (v + sigma * sigma) * (x(i, j) - mu));
      }
  }
  return D;
}

State Mixture::score(const State& x, double sigma) const {
  require(x.cols() == dimension(), "mixture: {} columns for {} dimensions", x.cols(), dimension());
  State s = State::Zero(x.rows(), x.cols());
  for (Eigen::Index i = 0; i < x.rows(); ++i) {
    const std::vector<double> r = posterior(x, i, sigma);
    for (Eigen::Index k = 0; k < means_.rows(); ++k)
      for (Eigen::Index j = 0; j < x.cols(); ++j)
        s(i, j) += r[size_t(k)] * (means_(k, j) - x(i, j)) / (variances_(k, j) + sigma * sigma);
  }
  return s;
}

Eigen::ArrayXd Mixture::log_density(const State& x, double sigma) const {
  require(x.cols() == dimension(), "mixture: {} columns for {} dimensions", x.cols(), dimension());
  Eigen::ArrayXd log_p(x.rows());
  for (Eigen::Index i = 0; i < x.rows(); ++i) log_p[i] = math::log_sum_exp(log_terms(x, i, sigma));
  return log_p;
}

void Mixture::sample(Random& random, std::span<double> x0) const {
  require(int64_t(x0.size()) == dimension(), "mixture: a row of {} for {} dimensions", x0.size(), dimension());
  double u = random.uniform();
  Eigen::Index k = 0;
  while (k + 1 < means_.rows() && u >= weights_[size_t(k)]) u -= weights_[size_t(k++)];
  for (size_t j = 0; j < x0.size(); ++j) {
    const auto column = Eigen::Index(j);
    x0[j] = means_(k, column) + std::sqrt(variances_(k, column)) * random.normal();
  }
}

}  // namespace athanor::diffusion
