// Products of matrices in float64, at the speed of the processor that runs them.
//
//   c(i,j) += Σ_k a(i,k)·b(j,k)
//
// Packages are built for plain x86-64, where Eigen's products reach a quarter of what the processor can do. These loops
// are compiled by Highway for each instruction set, and the best that there is runs.
//
// Every element is summed by the same operations in the same order wherever it lies and however many threads there are,
// so that on one kind of processor the result is the same to the last bit.
//
// Source: Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008): tiles of c in registers,
//         panels of b in the first-level cache, blocks of a in the second.
// Accuracy: |error| ≤ (k + 1)·2⁻⁵³·Σ_k |a(i,k)·b(j,k)|, products of float32 before they are summed exact.
#pragma once

#include <cstdint>
#include <span>
#include <variant>

namespace athanor::math {

/// Vectors in memory: element k of vector i is data[i·apart + k·step].
struct Vectors {
  std::variant<const float*, const double*> data;
  int64_t count = 0, length = 0;
  int64_t apart = 0, step = 1;
};

/// Rows [count, length] that lie one after another.
template <class T>
Vectors rows_of(std::span<const T> values, int64_t length) {
  return {values.data(), length == 0 ? 0 : int64_t(values.size()) / length, length, length, 1};
}
/// The columns of such rows.
template <class T>
Vectors columns_of(std::span<const T> values, int64_t columns) {
  return {values.data(), columns, columns == 0 ? 0 : int64_t(values.size()) / columns, 1, columns};
}

/// Which elements of c are wanted; of `lower` those with j ≤ i, and of the others any may be changed too.
enum class Part { whole, lower };

/// Adds the inner products of a's vectors and b's to c, whose element (i,j) is c[i·c_row + j]. Both have one length.
void add_products(const Vectors& a, const Vectors& b, double* c, int64_t c_row, int64_t threads = 1,
                  Part part = Part::whole);

}  // namespace athanor::math
