#include "checkpoint/survey.h"

#include <cmath>
#include <limits>

#include "make.h"

namespace athanor::checkpoint {
namespace {

using athanor::test::content_of;
using athanor::test::Pipe;
using athanor::test::TempFolder;
using test::counting;
using test::refusal;
using test::save;
using test::tensor;

TEST_CASE("survey: value: sums in closed form, of tensors larger than what is read at once", "[checkpoint]") {
  const TempFolder folder;
  const double n = 300'000, nan = std::numeric_limits<double>::quiet_NaN();
  const std::string path =
      save(folder / "a.safetensors", {counting("n", DType::f64, {300'000}), counting("e", DType::f32, {0, 4}),
                                      tensor("odd", DType::f16, {4}, {nan, -HUGE_VAL, 0, 3})});
  for (const bool piped : {false, true}) {
    const Pipe pipe(content_of(path));
    io::TensorReader reader = io::TensorReader::open({piped ? pipe.path() : path});
    int64_t seen = 0;
    const std::vector<array::Statistics> all = survey(reader, [&](int64_t bytes) { seen = bytes; });
    REQUIRE(all.size() == 3);
    CHECK(seen == int64_t(reader.layout().payload_bytes()));
    const auto of = [&](std::string_view name) { return all.at(size_t(reader.layout().find(name))); };
    CHECK(of("n").sum() == n * (n - 1) / 2);
    CHECK(of("n").mean() == (n - 1) / 2);
    CHECK(of("n").rms() == Approx(std::sqrt((n - 1) * (2 * n - 1) / 6)).epsilon(1e-13));
    CHECK(of("n").deviation() == Approx(std::sqrt((n * n - 1) / 12)).epsilon(1e-13));
    CHECK(of("n").zeros == 1);
    CHECK(of("n").max == n - 1);
    CHECK(of("e").count == 0);
    CHECK(of("odd").nans == 1);
    CHECK(of("odd").infinities == 1);
    CHECK(of("odd").zeros == 1);
    CHECK(of("odd").mean() == 1.5);
  }
}

TEST_CASE("survey: refusal of a stream that ends early", "[checkpoint]") {
  const TempFolder folder;
  const std::string whole = content_of(save(folder / "a.safetensors", {counting("x", DType::f64, {9})}));
  const Pipe cut(whole.substr(0, whole.size() - 1));
  io::TensorReader reader = io::TensorReader::open({cut.path()});
  CHECK(refusal([&] { survey(reader, {}); }) == cut.path() + ": input ends early: expected 9 rows of 'x', got 8");
}

}  // namespace
}  // namespace athanor::checkpoint
