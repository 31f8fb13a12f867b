// Rows with known statistics.
#pragma once

#include <Eigen/Core>

#include "core/random.h"
#include "similarity/moments.h"
#include "similarity/rows.h"
#include "support/files.h"

namespace athanor::test {

/// mean + scale·n, n ~ N(0, I): [count, dimension], decided by `index`.
inline similarity::Rows normal_rows(int64_t count, int64_t dimension, uint64_t index, double mean = 0,
                                    double scale = 1) {
  similarity::Rows rows{.dimension = dimension, .values = std::vector<float>(size_t(count * dimension))};
  Random(1, index, Purpose::initial_noise).fill_normal(std::span(rows.values));
  for (float& v : rows.values) v = float(mean + scale * double(v));
  return rows;
}

/// Rows as a matrix of float64.
inline similarity::Matrix matrix_of(const similarity::Rows& rows) {
  similarity::Matrix m(rows.count(), rows.dimension);
  for (int64_t i = 0; i < rows.count(); ++i)
    for (int64_t j = 0; j < rows.dimension; ++j) m(i, j) = double(rows.row(i)[size_t(j)]);
  return m;
}

/// Mean and covariance by their definitions.
inline similarity::Moments plain_moments(const similarity::Rows& rows) {
  const similarity::Matrix x = matrix_of(rows);
  similarity::Moments m{.count = rows.count(), .mean = x.colwise().mean(), .covariance = {}};
  const similarity::Matrix centred = x.rowwise() - m.mean.transpose();
  m.covariance = centred.transpose() * centred / double(rows.count() - 1);
  return m;
}

/// A symmetric matrix with these eigenvalues and eigenvectors that `index` decides.
inline similarity::Matrix with_eigenvalues(const Eigen::VectorXd& eigenvalues, uint64_t index) {
  const auto d = eigenvalues.size();
  // Householder reflections turn the axes.
  similarity::Matrix m = eigenvalues.asDiagonal();
  for (uint64_t r = 0; r < 4; ++r) {
    Eigen::VectorXd v(d);
    Random(2, index * 4 + r, Purpose::initial_noise).fill_normal(std::span(v.data(), size_t(d)));
    v.normalize();
    const similarity::Matrix h = similarity::Matrix::Identity(d, d) - 2 * v * v.transpose();
    m = h * m * h;
  }
  return (m + m.transpose()) / 2;
}

}  // namespace athanor::test
