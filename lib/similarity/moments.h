// Mean and covariance of rows that come one after another, in memory that does not grow with them.
//
//   n = n₁ + n₂,  Δ = m₂ − m₁,  m = m₁ + Δ·n₂/n,  S = S₁ + S₂ + ΔΔᵀ·n₁n₂/n,   S = Σ (x − mean)(x − mean)ᵀ
//
// Rows are taken in blocks of a fixed size, centred about their own mean, and joined by this formula: a spread far
// smaller than the mean is not lost, and the result does not depend on how rows are cut into calls.
//
// Source: Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances",
//         Stanford STAN-CS-79-773 (1979), of vectors.
// Accuracy: of b blocks, within (b + 1024)·2⁻⁵³ of the products' absolute values.
#pragma once

#include <Eigen/Core>
#include <span>
#include <string>
#include <vector>

#include "io/history.h"
#include "io/output.h"
#include "io/tensor_reader.h"

namespace athanor::similarity {

/// Row-major, as add_products has it.
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

struct Moments {
  int64_t count = 0;     ///< rows; 0 where a file does not say
  Eigen::VectorXd mean;  ///< [d]
  Matrix covariance;     ///< [d,d], divided by count − 1
};

/// Sums from which moments come, and which can be added and repeated.
struct MomentSums {
  double count = 0;
  Eigen::VectorXd mean;
  Matrix scatter;  ///< S; of the upper part nothing is promised

  explicit MomentSums(int64_t dimension);
  /// As if the rows of `other` had come `times` times.
  void add(const MomentSums& other, double times = 1);
  /// Throws Error{data}: fewer than 2 rows.
  Moments moments() const;
};

/// Takes rows in.
class MomentAccumulator {
 public:
  explicit MomentAccumulator(int64_t dimension, int64_t threads = 1);
  /// float32 [n, dimension].
  void add(std::span<const float> rows);
  /// Of all rows so far.
  MomentSums sums();

 private:
  void join_block();
  std::vector<double> centre(int64_t rows, int64_t first, int64_t count);
  int64_t dimension_, threads_;
  std::vector<float> block_;     ///< rows not joined yet
  std::vector<double> centred_;  ///< of a block, and one row more
  MomentSums sums_;
};

/// Throws Error{usage}: standard output, which is the table's, or a format that holds one tensor.
void check_moments_name(const io::Sink& sink);
/// Writes `mu` [d], `sigma` [d,d] and `count` [1] in float64 and int64, under the names of pytorch-fid's .npz, in the
/// format that the sink's name asks for; `features` says what the rows are. Throws as TensorWriter.
void write_moments(const io::Sink& sink, io::Existing existing, const Moments& moments, std::string_view features,
                   const io::History& history);
/// Whether a file holds moments: `mu` and `sigma`.
bool holds_moments(const io::Layout& layout);
/// What write_moments() wrote, or pytorch-fid. Throws Error{data}: other shapes or types, numbers that are not finite,
/// a sigma that is not symmetric, another number of dimensions, features that are recorded under another name.
Moments read_moments(io::TensorReader& file, std::string_view features, int64_t dimension);

}  // namespace athanor::similarity
