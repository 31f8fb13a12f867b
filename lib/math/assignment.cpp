#include "math/assignment.h"

#include <limits>
#include <utility>

#include "core/check.h"

namespace athanor::math {

std::vector<int64_t> assign(const Eigen::MatrixXd& cost) {
  const Eigen::Index n = cost.rows();
  require(cost.cols() == n, "assignment: costs [{},{}] are not square", cost.rows(), cost.cols());
  require(cost.allFinite(), "assignment: a cost is not finite");
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr Eigen::Index none = -1;
  const Eigen::MatrixXd by_row = cost.transpose();  // a row's costs one after another
  Eigen::ArrayXd u = Eigen::ArrayXd::Zero(n), v = Eigen::ArrayXd::Zero(n), shortest(n);
  std::vector<Eigen::Index> row_of(size_t(n), none), column_of = row_of, previous = row_of;
  std::vector<char> reached;
  for (Eigen::Index start = 0; start < n; ++start) {
    // Dijkstra from the new row to the nearest free column, in reduced costs.
    reached.assign(size_t(n), 0);
    shortest.setConstant(infinity);
    Eigen::Index row = start, column = none;
    double path = 0;
    for (;;) {
      Eigen::Index nearest = none;
      double least = infinity;
      const double* costs = by_row.col(row).data();
      for (Eigen::Index j = 0; j < n; ++j) {
        if (reached[size_t(j)]) continue;
        const double length = path + costs[j] - u[row] - v[j];
        if (length < shortest[j]) {
          shortest[j] = length;
          previous[size_t(j)] = row;
        }
        // Among equals a free column ends the search.
        if (shortest[j] < least || (shortest[j] == least && row_of[size_t(j)] == none)) {
          least = shortest[j];
          nearest = j;
        }
      }
      path = least;
      reached[size_t(nearest)] = 1;
      if (row_of[size_t(nearest)] == none) {
        column = nearest;
        break;
      }
      row = row_of[size_t(nearest)];
    }
    // The duals of what was reached, so that the new path has no reduced cost.
    u[start] += path;
    for (Eigen::Index j = 0; j < n; ++j)
      if (reached[size_t(j)] && j != column) {
        v[j] += shortest[j] - path;
        u[row_of[size_t(j)]] += path - shortest[j];
      }
    // Exchange partners along it.
    for (Eigen::Index j = column, i = none; i != start;) {
      i = previous[size_t(j)];
      row_of[size_t(j)] = i;
      std::swap(column_of[size_t(i)], j);
    }
  }
  return {column_of.begin(), column_of.end()};
}

}  // namespace athanor::math
