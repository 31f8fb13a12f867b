// The assignment problem, and exact optimal transport between two sets of as many points.
//
//   the permutation π that makes Σ_i cost(i, π(i)) least
//
// Source: Jonker and Volgenant, "A shortest augmenting path algorithm for dense and sparse linear assignment problems"
//         (1987): rows are added one by one, each by a shortest path in reduced costs (Dijkstra), whose duals stay
//         feasible. O(n³) in the worst case.
// Accuracy: exact up to the rounding of float64 sums.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

namespace athanor::math {

/// Partner of each row of a square matrix [n,n] of finite costs. Throws Error{data} for another shape or other values.
std::vector<int64_t> assign(const Eigen::MatrixXd& cost);

/// ‖a_i − b_j‖² for rows of [n,d] and [m,d], as [n,m], by ‖a‖² − 2·ab + ‖b‖² in float64, and never below 0.
template <class A, class B>
Eigen::MatrixXd squared_distances(const Eigen::ArrayBase<A>& a, const Eigen::ArrayBase<B>& b) {
  const Eigen::MatrixXd u = a.template cast<double>().matrix(), v = b.template cast<double>().matrix();
  Eigen::MatrixXd d = -2 * u * v.transpose();
  d.colwise() += u.rowwise().squaredNorm();
  d.rowwise() += v.rowwise().squaredNorm().transpose();
  return d.cwiseMax(0);
}

}  // namespace athanor::math
