#include "checkpoint/comparison.h"

#include "make.h"

namespace athanor::checkpoint {
namespace {

using athanor::test::content_of;
using athanor::test::Pipe;
using athanor::test::TempFolder;
using test::counting;
using test::parsed;
using test::refusal;
using test::save;
using test::tensor;
using test::Tensor;

Comparison compared(const std::string& a_path, const std::string& b_path, const array::Tolerance& tolerance = {},
                    const Selection& selection = {}) {
  io::TensorReader a = io::TensorReader::open({a_path}), b = io::TensorReader::open({b_path});
  return compare(a, b, selection, tolerance, {});
}

TEST_CASE("comparison: identity: a file is equal to itself in any format", "[checkpoint]") {
  const TempFolder folder;
  const std::vector<Tensor> all{counting("a", DType::f32, {5, 3}), counting("b", DType::i8, {4}),
                                counting("c", DType::f16, {0, 2}), counting("d", DType::i64, {})};
  for (const char* other : {"b.npz", "b.pt", "b.safetensors"}) {
    const Comparison same = compared(save(folder / "a.safetensors", all), save(folder / other, all));
    CHECK(same.equal(true));
    CHECK(same.tensors.size() == 4);
    CHECK(same.only_a.size() + same.only_b.size() == 0);
    for (const Compared& c : same.tensors) CHECK(c.difference.ulps[0] == uint64_t(c.a.elements()));
  }
}

TEST_CASE("comparison: value: the worst element and its place, over several chunks", "[checkpoint]") {
  const TempFolder folder;
  std::vector<double> numbers(600'000, 2);
  const std::string a = save(folder / "a.npy", {tensor("arr_0", DType::f32, {600, 1000}, numbers)});
  numbers[1] = 2.5;
  numbers[345'678] = -2;
  numbers[345'679] = 6;
  const std::string b = save(folder / "b.npy", {tensor("arr_0", DType::f32, {600, 1000}, numbers)});
  const Comparison found = compared(a, b, {.absolute = 1, .relative = 0});
  const array::Difference& d = found.tensors.at(0).difference;
  CHECK_FALSE(found.equal(false));
  CHECK(d.count == 600'000);
  CHECK(d.different == 3);
  CHECK(d.beyond == 2);
  CHECK(d.absolute.value == 4);
  CHECK(place_text(d.absolute.index, found.tensors[0].a.shape) == "[345,678]");
  CHECK(d.absolute.a == 2);
  CHECK(d.absolute.b == -2);
  CHECK(d.relative.value == 2);
  CHECK(compared(a, b, {.absolute = 4, .relative = 0}).equal(true));
  CHECK(compared(a, b, {.absolute = 0, .relative = 2}).equal(true));
}

TEST_CASE("comparison: value: places by axes", "[checkpoint]") {
  CHECK(place_text(7, {2, 5}) == "[1,2]");
  CHECK(place_text(0, {}) == "[]");
  CHECK(place_text(23, {2, 3, 4}) == "[1,2,3]");
  CHECK(place_text((uint64_t{1} << 62) + 5, {int64_t{1} << 31, int64_t{1} << 31, 2}) == "[1073741824,2,1]");
}

TEST_CASE("comparison: value: names on one side, other shapes, other types", "[checkpoint]") {
  const TempFolder folder;
  const std::string a =
      save(folder / "a.safetensors",
           {counting("both", DType::f32, {2, 3}), counting("z", DType::u8, {1}), counting("mine", DType::u8, {1})});
  const std::string b =
      save(folder / "b.safetensors",
           {counting("both", DType::f32, {3, 2}), counting("yours", DType::u8, {1}), counting("z", DType::i64, {1})});
  const Comparison found = compared(a, b);
  REQUIRE(found.only_a.size() == 1);
  CHECK(found.only_a[0].name == "mine");
  REQUIRE(found.only_b.size() == 1);
  CHECK(found.only_b[0].name == "yours");
  REQUIRE(found.tensors.size() == 2);
  CHECK_FALSE(found.tensors[0].same_shape());
  CHECK(found.tensors[0].difference.count == 0);
  CHECK(found.tensors[1].same_shape());
  CHECK(found.tensors[1].difference.different == 0);
  CHECK_FALSE(found.equal(false));

  Selection z;
  z.include.push_back(parsed<Pattern>("^z$"));
  const Comparison of_z = compared(a, b, {}, z);
  CHECK(of_z.equal(false));
  CHECK_FALSE(of_z.equal(true));
  CHECK(of_z.only_a.size() + of_z.only_b.size() == 0);
  Selection one_side;
  one_side.include.push_back(parsed<Pattern>("mine"));
  CHECK_FALSE(compared(a, b, {}, one_side).equal(false));
}

TEST_CASE("comparison: value: names are matched as --rename leaves them", "[checkpoint]") {
  const TempFolder folder;
  const std::string a = save(folder / "a.safetensors", {counting("model.x", DType::f32, {3})});
  const std::string b = save(folder / "b.safetensors", {counting("x", DType::f32, {3})});
  Selection bare;
  bare.rename.push_back(parsed<Rename>("^model\\.="));
  CHECK_FALSE(compared(a, b).equal(false));
  CHECK(compared(a, b, {}, bare).equal(false));
  CHECK(compared(a, b, {}, bare).tensors.at(0).name == "x");
  const std::string two =
      save(folder / "c.safetensors", {counting("x", DType::u8, {}), counting("model.x", DType::u8, {})});
  CHECK(refusal([&] { compared(two, b, {}, bare); }) == two + ": two tensors are called 'x'");
}

TEST_CASE("comparison: two ways: pipes on either side, their tensors in any order", "[checkpoint]") {
  const TempFolder folder;
  // Types give the order of a safetensors: here x before y, there y before x.
  const std::string a =
      save(folder / "a.safetensors", {counting("x", DType::f64, {70, 5}), counting("y", DType::f32, {300, 9}, 1)});
  const std::string b =
      save(folder / "b.safetensors", {counting("x", DType::f32, {70, 5}), counting("y", DType::f64, {300, 9})});
  const auto summary = [](const Comparison& c) {
    std::string text;
    for (const Compared& t : c.tensors)
      text +=
          fmt::format("{} {} {} {} ", t.name, t.difference.count, t.difference.different, t.difference.absolute.value);
    return text;
  };
  const std::string expected = "x 350 0 0 y 2700 2700 1 ";
  CHECK(summary(compared(a, b)) == expected);
  {
    const Pipe pipe(content_of(b));
    CHECK(summary(compared(a, pipe.path())) == expected);
  }
  {
    const Pipe pipe(content_of(a));
    CHECK(summary(compared(pipe.path(), b)) == expected);
  }
  const Pipe first(content_of(a)), second(content_of(b));
  CHECK(summary(compared(first.path(), second.path())) == expected);
}

TEST_CASE("comparison: refusal of a stream that ends early, whichever tensors are asked for", "[checkpoint]") {
  const TempFolder folder;
  const std::string a =
      save(folder / "a.safetensors", {counting("x", DType::f64, {4}), counting("y", DType::f32, {4})});
  const std::string whole = content_of(a);
  Selection x;
  x.include.push_back(parsed<Pattern>("x"));
  for (const Selection& selection : {Selection{}, x}) {
    const Pipe cut(whole.substr(0, whole.size() - 5));
    CHECK(refusal([&] { compared(cut.path(), a, {}, selection); }) ==
          cut.path() + ": input ends early: expected 4 rows of 'y', got 2");
  }
}

}  // namespace
}  // namespace athanor::checkpoint
