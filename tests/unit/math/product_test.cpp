#include "math/product.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/random.h"
#include "support/files.h"

namespace athanor::math {
namespace {

template <class T>
std::vector<T> normals(int64_t n, uint64_t index) {
  std::vector<T> values(static_cast<size_t>(n));
  Random(1, index, Purpose::initial_noise).fill_normal(std::span(values));
  return values;
}

/// Element k of vector i.
double element(const Vectors& v, int64_t i, int64_t k) {
  return std::visit([&](const auto* data) { return double(data[i * v.apart + k * v.step]); }, v.data);
}

void check_against_definition(const Vectors& a, const Vectors& b, int64_t threads, Part part) {
  const int64_t c_row = b.count + 3;
  std::vector<double> c(size_t(a.count * c_row), 0.5);
  add_products(a, b, c.data(), c_row, threads, part);
  bool good = true;
  for (int64_t i = 0; i < a.count; ++i)
    for (int64_t j = 0; j < c_row; ++j) {
      double sum = 0.5, absolute = 0.5;
      for (int64_t k = 0; j < b.count && k < a.length; ++k) {
        sum += element(a, i, k) * element(b, j, k);
        absolute += std::abs(element(a, i, k) * element(b, j, k));
      }
      if (part == Part::lower && j > i && j < b.count) continue;
      // Twice the bound: the sum here has its own rounding.
      const double bound = j < b.count ? 2 * double(a.length + 1) * 0x1p-53 * absolute : 0;
      good &= std::abs(c[size_t(i * c_row + j)] - sum) <= bound;
    }
  CHECK(good);
}

TEST_CASE("product: two ways: by tiles and by the definition, of every shape", "[math]") {
  for (const auto& [n, m, k] : {std::array<int64_t, 3>{1, 1, 1},
                                {5, 7, 3},
                                {12, 16, 256},
                                {13, 17, 257},
                                {200, 40, 600},
                                {385, 530, 20},
                                {3, 2, 0}}) {
    const auto a = normals<float>(n * k, 0), b = normals<float>(m * k, 1);
    const auto wide_a = normals<double>(n * k, 2), wide_b = normals<double>(m * k, 3);
    INFO(n << " x " << m << " x " << k);
    for (const int64_t threads : {1, 3}) {
      const Vectors rows_a{a.data(), n, k, k, 1}, rows_b{b.data(), m, k, k, 1};
      check_against_definition(rows_a, rows_b, threads, Part::whole);
      check_against_definition(rows_a, {wide_b.data(), m, k, 1, m}, threads, Part::whole);
      check_against_definition({wide_a.data(), n, k, 1, n}, {wide_a.data(), n, k, 1, n}, threads, Part::lower);
    }
  }
}

TEST_CASE("product: identity: an element has the same bits wherever it stands and however many threads there are",
          "[math]") {
  const int64_t n = 410, k = 300;
  const auto a = normals<float>(n * k, 0);
  const Vectors rows = rows_of(std::span<const float>(a), k);
  std::vector<double> one(size_t(n * n), 0.0), three(size_t(n * n), 0.0);
  add_products(rows, rows, one.data(), n, 1);
  add_products(rows, rows, three.data(), n, 3);
  CHECK(one == three);
  bool same = true;
  for (int64_t i = 0; i < n; i += 37)
    for (int64_t j = 0; j < n; j += 23) {
      double alone = 0;
      add_products({a.data() + i * k, 1, k, k, 1}, {a.data() + j * k, 1, k, k, 1}, &alone, 1);
      same &= alone == one[size_t(i * n + j)] && alone == one[size_t(j * n + i)];
    }
  CHECK(same);
}

}  // namespace
}  // namespace athanor::math
