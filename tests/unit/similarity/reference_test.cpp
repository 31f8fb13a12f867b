// The same figures as public programs': tests/data/similarity, made by scripts/fixtures/compare_samples.py.
#include "similarity/reference.h"

#include <cmath>

#include "array/blocks.h"
#include "make.h"
#include "similarity/frechet.h"
#include "similarity/kernel_mmd.h"
#include "similarity/neighbours.h"
#include "similarity/sliced_wasserstein.h"

namespace athanor::similarity {
namespace {

class Peers {
 public:
  std::vector<double> numbers(std::string_view name) {
    const io::TensorInfo& tensor = file_.layout().tensors.at(size_t(file_.layout().find(name)));
    std::vector<double> values(size_t(tensor.elements()));
    array::load(tensor.dtype, file_.read(tensor).data(), values);
    return values;
  }
  double number(std::string_view name) { return numbers(name).at(0); }
  Rows rows(std::string_view name) {
    const std::vector<double> values = numbers(name);
    return {.dimension = 6, .values = {values.begin(), values.end()}};
  }
  io::TensorReader& file() { return file_; }

 private:
  io::TensorReader file_ = io::TensorReader::open({ATHANOR_TEST_DATA "/similarity/peers.npz"});
};

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / double(values.size());
}

TEST_CASE("reference: Fréchet distance is pytorch-fid's, of rows and of its moments", "[similarity]") {
  Peers peers;
  const Gaussian samples = gaussian_of(test::plain_moments(peers.rows("samples")));
  CHECK(frechet_distance(gaussian_of(test::plain_moments(peers.rows("real"))), samples) ==
        Approx(peers.number("frechet")).epsilon(1e-9));
  REQUIRE(holds_moments(peers.file().layout()));
  const Moments moments = read_moments(peers.file(), "values", 6);
  CHECK(moments.count == 0);
  CHECK(frechet_distance(gaussian_of(moments), samples) == Approx(peers.number("frechet")).epsilon(1e-9));
}

TEST_CASE("reference: sliced Wasserstein distance is POT's along its directions", "[similarity]") {
  Peers peers;
  const std::vector<double> directions = peers.numbers("directions");
  const SlicedDistance found =
      sliced_wasserstein(Projections(peers.rows("real"), directions), Projections(peers.rows("samples"), directions));
  CHECK(found.value == Approx(peers.number("sliced")).epsilon(1e-9));
}

TEST_CASE("reference: MMD with both kernels is torch-fidelity's", "[similarity]") {
  Peers peers;
  const Rows real = peers.rows("real");
  const Rows first{.dimension = 6, .values = {real.values.begin(), real.values.begin() + 45 * 6}};
  CHECK(polynomial_mmd(first, peers.rows("samples")).value == Approx(peers.number("kid")).epsilon(1e-9));
  CHECK(gaussian_mmd(first, peers.rows("samples"), 2.5).value == Approx(peers.number("mmd")).epsilon(1e-9));
}

TEST_CASE("reference: nearest neighbours are scikit-learn's", "[similarity]") {
  Peers peers;
  const Nearest found = nearest(peers.rows("samples"), peers.rows("real"), 3);
  const std::vector<double> distances = peers.numbers("distances"), numbers = peers.numbers("numbers");
  REQUIRE(found.distances.size() == distances.size());
  for (size_t i = 0; i < distances.size(); ++i) {
    CHECK(found.distances[i] == Approx(distances[i]).epsilon(1e-9));
    CHECK(double(found.numbers[i]) == numbers[i]);
  }
}

TEST_CASE("reference: precision, recall, density and coverage are prdc's", "[similarity]") {
  Peers peers;
  const Alikeness found = alikeness(peers.rows("real"), peers.rows("samples"), 3);
  CHECK(mean(found.precision) == Approx(peers.number("precision")).epsilon(1e-12));
  CHECK(mean(found.recall) == Approx(peers.number("recall")).epsilon(1e-12));
  CHECK(mean(found.density) == Approx(peers.number("density")).epsilon(1e-12));
  CHECK(mean(found.coverage) == Approx(peers.number("coverage")).epsilon(1e-12));
}

}  // namespace
}  // namespace athanor::similarity
