#include "checkpoint/conversion.h"

#include <random>

#include "make.h"

namespace athanor::checkpoint {
namespace {

using athanor::test::content_of;
using athanor::test::error_of;
using athanor::test::Pipe;
using athanor::test::TempFolder;
using test::counting;
using test::load;
using test::parsed;
using test::refusal;
using test::save;
using test::tensor;
using test::Tensor;

/// Runs a conversion of these paths to `out` and returns what it holds.
std::vector<Tensor> converted(const std::vector<std::string>& paths, const ConversionOptions& options,
                              const std::string& out) {
  std::vector<io::TensorReader> inputs;
  for (const std::string& path : paths) inputs.push_back(io::TensorReader::open({path}));
  const std::vector<Joined> planned = plan(inputs, options);
  io::TensorWriter writer({out}, io::Existing::replace, io::tensor_format_of({out}), tensors_of(planned));
  int64_t seen = 0;
  convert(inputs, planned, writer, options.saturate ? array::Overflow::saturate : array::Overflow::refuse,
          [&](int64_t bytes) { seen = bytes; });
  CHECK(seen == bytes_of(planned));
  return load(out);
}

/// Why such a conversion is refused.
std::string refused(const std::vector<std::string>& paths, const ConversionOptions& options, const std::string& out) {
  return refusal([&] { converted(paths, options, out); });
}
ConversionOptions sliced(const std::vector<std::string>& texts) {
  ConversionOptions options;
  for (const std::string& text : texts) options.slices.push_back(parsed<Slice>(text));
  return options;
}
ConversionOptions cast(const std::vector<std::string>& texts) {
  ConversionOptions options;
  for (const std::string& text : texts) options.casts.push_back(parsed<Cast>(text));
  return options;
}
ConversionOptions joined() {
  ConversionOptions options;
  options.concat = true;
  return options;
}

TEST_CASE("conversion: identity: every type through every format", "[checkpoint]") {
  const TempFolder folder;
  std::vector<Tensor> all;
  for (int i = 0; i <= int(DType::boolean); ++i)
    all.push_back(counting("t" + std::to_string(i), DType(i), {2, 1}, DType(i) == DType::boolean ? 0 : 3));
  all.push_back(counting("empty", DType::f16, {3, 0}));
  all.push_back(counting("scalar", DType::i32, {}, 7));
  std::ranges::sort(all, {}, &Tensor::name);
  const std::string first = save(folder / "a.safetensors", all);
  CHECK(converted({first}, {}, folder / "b.pt") == all);
  CHECK(converted({folder / "b.pt"}, {}, folder / "c.safetensors") == all);
  CHECK(content_of(folder / "c.safetensors") == content_of(first));
  std::erase_if(
      all, [](const Tensor& t) { return is_floating_point(t.dtype) && size_of(t.dtype) < 4 && t.dtype != DType::f16; });
  save(folder / "d.safetensors", all);  // .npy has no bfloat16 and no float8
  CHECK(converted({folder / "d.safetensors"}, {}, folder / "e.npz") == all);
  CHECK(converted({folder / "e.npz"}, {}, folder / "f.safetensors") == all);
}

/// Python's: the indices that a slice takes, by its definition.
std::vector<int64_t> indices(std::optional<int64_t> begin, std::optional<int64_t> end, int64_t step, int64_t size) {
  const auto bound = [size](int64_t i) { return std::min(std::max<int64_t>(i < 0 ? i + size : i, 0), size); };
  std::vector<int64_t> taken;
  for (int64_t i = bound(begin.value_or(0)); i < bound(end.value_or(size)); i += step) taken.push_back(i);
  return taken;
}

/// The elements of a counting tensor that these indices of each axis name, in C order.
std::vector<double> picked(const Shape& shape, const std::vector<std::vector<int64_t>>& axes) {
  std::vector<double> numbers{0};
  for (size_t a = 0; a < shape.size(); ++a) {
    std::vector<double> next;
    for (const double number : numbers)
      for (const int64_t i : axes[a]) next.push_back(number * double(shape[a]) + double(i));
    numbers = next;
  }
  return numbers;
}

TEST_CASE("conversion: two ways: slices of random shapes, and the elements that Python's rule names", "[checkpoint]") {
  const TempFolder folder;
  std::mt19937 random(5);
  const auto draw = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  for (int round = 0; round < 150; ++round) {
    Shape shape, left;
    std::vector<std::vector<int64_t>> axes;
    std::string text;
    const int rank = draw(1, 4), ranges = draw(1, rank);
    for (int a = 0; a < rank; ++a) {
      const int64_t size = draw(0, 6);
      shape.push_back(size);
      std::optional<int64_t> begin, end;
      int64_t step = 1;
      if (a < ranges) {
        if (draw(0, 2) > 0) begin = draw(-8, 8);
        if (draw(0, 2) > 0) end = draw(-8, 8);
        if (draw(0, 1) > 0) step = draw(1, 4);
        text += (a > 0 ? "," : "") + athanor::to_text(begin) + ":" + athanor::to_text(end) +
                (step > 1 ? ":" + athanor::to_text(step) : "");
      }
      axes.push_back(indices(begin, end, step, size));
      left.push_back(int64_t(axes.back().size()));
    }
    INFO(shape_text(shape) << " [" << text << "]");
    save(folder / "in.safetensors", {counting("x", DType::i32, shape), counting("y", DType::u8, {3})});
    const std::vector<Tensor> out = converted({folder / "in.safetensors"}, sliced({"x=" + text}), folder / "out.npz");
    REQUIRE(out.size() == 2);
    CHECK(out[0].shape == left);
    CHECK(test::values(out[0]) == picked(shape, axes));
    CHECK(out[1] == counting("y", DType::u8, {3}));
    CHECK(to_text(parsed<Slice>(text)) == text);
  }
}

TEST_CASE("conversion: law: a slice of a slice", "[checkpoint]") {
  const TempFolder folder;
  const std::string in = save(folder / "in.safetensors", {counting("x", DType::i64, {20, 3})});
  const Tensor once = converted({in}, sliced({"4:16:2,1:"}), folder / "a.npy").front();
  const Tensor twice = converted({in}, sliced({"4::2", ":6,1:"}), folder / "b.npy").front();
  CHECK(once.shape == Shape{6, 2});
  CHECK(once == twice);
  CHECK(test::values(once).front() == 13);
}

TEST_CASE("conversion: limit: steps and ends as far as numbers go", "[checkpoint]") {
  const TempFolder folder;
  const std::string in = save(folder / "in.safetensors", {counting("x", DType::u8, {4, 50})});
  const auto taken = [&](const std::string& text) { return converted({in}, sliced({text}), folder / "o.npy").front(); };
  CHECK(test::values(taken("1::9223372036854775807,2:3")) == std::vector<double>{52});
  CHECK(taken("::4611686018427387904,::9223372036854775807").shape == Shape{1, 1});
  CHECK(taken("-9223372036854775808:9223372036854775807").shape == Shape{4, 50});
  CHECK(taken("9223372036854775807:").shape == Shape{0, 50});
  CHECK(taken(":-9223372036854775808").shape == Shape{0, 50});
  CHECK(taken("3:1").shape == Shape{0, 50});
}

TEST_CASE("conversion: refusal of slices that are none, or of too many axes", "[checkpoint]") {
  for (const char* bad : {"", "3", "1:2:3:4", "a:b", "1:2,", ",1:2", "::0", "::-1", "0:1.5", "x=", ":::"})
    CHECK(error_of([&] { parsed<Slice>(bad); }).kind() == ErrorKind::usage);
  const TempFolder folder;
  const std::string in = save(folder / "in.safetensors", {counting("x", DType::u8, {4})});
  CHECK(refused({in}, sliced({":,:"}), folder / "out") == "tensor 'x': a slice of 2 axes of [4]");
  CHECK(refusal([] { sliced({"(=:"}); }) == "expected a regular expression, got '('");
}

TEST_CASE("conversion: value: casts by name and by kind of type", "[checkpoint]") {
  const TempFolder folder;
  const std::string in =
      save(folder / "in.safetensors",
           {counting("w", DType::f32, {3}), counting("n", DType::i64, {3}), counting("v", DType::bf16, {3})});
  const auto types = [&](const ConversionOptions& options) {
    std::string text;
    for (const Tensor& t : converted({in}, options, folder / "out.safetensors")) {
      CHECK(test::values(t) == std::vector<double>{0, 1, 2});
      text += t.name + ":" + to_text(t.dtype) + " ";
    }
    return text;
  };
  CHECK(types(cast({"float16"})) == "n:int64 v:float16 w:float16 ");
  CHECK(types(cast({"^n=uint8"})) == "n:uint8 v:bfloat16 w:float32 ");
  CHECK(types(cast({"float16", "w=float64"})) == "n:int64 v:float16 w:float64 ");
  CHECK(types(cast({"w=float64", "float16"})) == "n:int64 v:float16 w:float16 ");
  CHECK(types(cast({"n=float32", "bfloat16"})) == "n:bfloat16 v:bfloat16 w:bfloat16 ");
  CHECK(types(cast({"F8_E4M3"})) == "n:int64 v:float8_e4m3fn w:float8_e4m3fn ");
  CHECK(to_text(parsed<Cast>("a=b=F16")) == "a=b=float16");
  CHECK(error_of([] { parsed<Cast>("float17"); }).kind() == ErrorKind::usage);
}

TEST_CASE("conversion: refusal and saturation of what a type cannot hold, by tensor, element and limit",
          "[checkpoint]") {
  const TempFolder folder;
  std::vector<double> numbers(3'000'000, 1);
  numbers[2'500'000] = 70000;  // in the second chunk that is read
  const std::string in = save(folder / "in.safetensors", {tensor("big", DType::f32, {3'000'000}, numbers)});
  ConversionOptions options = cast({"float16"});
  CHECK(
      refused({in}, options, folder / "out.npy") ==
      "tensor 'big': element 2500000 is 70000, more than the 65504 that float16 holds; --saturate stores that instead");
  CHECK(folder.names().size() == 1);
  options.saturate = true;
  CHECK(test::values(converted({in}, options, folder / "out.npy").front())[2'500'000] == 65504);
}

TEST_CASE("conversion: value: parts of several files follow each other along the first axis", "[checkpoint]") {
  const TempFolder folder;
  const std::string a =
      save(folder / "a.safetensors", {counting("x", DType::f32, {2, 3}), counting("y", DType::u8, {1})});
  const std::string b = save(folder / "b.npz", {counting("x", DType::f32, {1, 3}, 6)});
  const std::string c = save(folder / "c.pt", {counting("x", DType::f32, {0, 3}), counting("y", DType::u8, {2}, 1)});
  const std::vector<Tensor> all = converted({a, b, c}, joined(), folder / "out.safetensors");
  CHECK(all == std::vector<Tensor>{counting("x", DType::f32, {3, 3}), counting("y", DType::u8, {3})});
  // Slices are of the parts; a name that others are renamed to joins them too.
  ConversionOptions options = sliced({"x=:1"});
  options.concat = true;
  options.selection.include.push_back(parsed<Pattern>("x"));
  CHECK(test::values(converted({a, b}, options, folder / "out.npy").front()) == std::vector<double>{0, 1, 2, 6, 7, 8});
  ConversionOptions renamed = joined();
  renamed.selection.rename.push_back(parsed<Rename>("^p.*=p"));
  const std::string d = save(folder / "d.npz", {counting("p2", DType::u8, {1}, 5), counting("p1", DType::u8, {1}, 9)});
  CHECK(test::values(converted({d}, renamed, folder / "out.npy").front()) == std::vector<double>{5, 9});
}

TEST_CASE("conversion: value: parts of several types are joined once --cast makes them one", "[checkpoint]") {
  const TempFolder folder;
  const std::string a = save(folder / "a.safetensors", {counting("x", DType::f32, {2})});
  const std::string b = save(folder / "b.safetensors", {counting("x", DType::bf16, {2}, 2)});
  CHECK(refused({a, b}, joined(), folder / "out") ==
        "tensor 'x': bfloat16 cannot follow float32; --cast makes them one type");
  ConversionOptions options = cast({"float16"});
  options.concat = true;
  CHECK(converted({a, b}, options, folder / "out.npy").front().dtype == DType::f16);
  CHECK(test::values(load(folder / "out.npy").front()) == std::vector<double>{0, 1, 2, 3});
}

TEST_CASE("conversion: refusal of parts that do not fit, names twice, and nothing at all", "[checkpoint]") {
  const TempFolder folder;
  const std::string a =
      save(folder / "a.safetensors", {counting("x", DType::f32, {2, 3}), counting("s", DType::u8, {})});
  const std::string b = save(folder / "b.safetensors", {counting("x", DType::f32, {2, 4})});
  const std::string c = save(folder / "c.safetensors", {counting("s", DType::u8, {})});
  const std::string out = folder / "out";
  CHECK(refused({a, b}, {}, out) == "two tensors are called 'x'; --rename tells them apart, --concat joins them");
  CHECK(refused({a, b}, joined(), out) == "tensor 'x': [2,4] cannot follow [2,3] along the first axis");
  CHECK(refused({a, c}, joined(), out) == "tensor 's': [] cannot follow [] along the first axis");
  ConversionOptions nothing;
  nothing.selection.include.push_back(parsed<Pattern>("z"));
  CHECK(refused({a}, nothing, out) == "no tensor is left");
  CHECK(folder.names().size() == 3);
}

TEST_CASE("conversion: limit: parts with more rows than can be counted are refused", "[checkpoint]") {
  const TempFolder folder;
  const int64_t rows = int64_t{1} << 62;
  const std::string a = save(folder / "a.safetensors", {{"x", DType::u8, {rows, 0}, {}}});
  const std::string b = save(folder / "b.safetensors", {{"x", DType::u8, {rows, 0}, {}}});
  CHECK(refused({a, b}, joined(), folder / "out") == "tensor 'x': its parts have more than 2^63 rows");
}

TEST_CASE("conversion: value: a stack has a new first axis", "[checkpoint]") {
  const TempFolder folder;
  const std::string a =
      save(folder / "a.npz", {counting("x", DType::i32, {2, 2}), counting("w", DType::i32, {2, 2}, 4)});
  const std::string b = save(folder / "b.npy", {counting("arr_0", DType::i32, {2, 2}, 8)});
  ConversionOptions options;
  options.stack = "all";
  CHECK(converted({a, b}, options, folder / "out.safetensors") ==
        std::vector<Tensor>{counting("all", DType::i32, {3, 2, 2})});
  const std::string c = save(folder / "c.npy", {counting("arr_0", DType::i16, {2, 2})});
  CHECK(refused({a, c}, options, folder / "o") == "--stack: 'arr_0' is I16 [2,2], but 'x' is I32 [2,2]");
  options.casts.push_back(parsed<Cast>(".=float32"));
  CHECK(converted({a, c}, options, folder / "out.npy").front().shape == Shape{3, 2, 2});
  const std::string d = save(folder / "d.npy", {counting("arr_0", DType::u8, {})});
  CHECK(converted({d}, options, folder / "out.npy").front().shape == Shape{1});
}

TEST_CASE("conversion: two ways: pipes in any order of tensors give what files give", "[checkpoint]") {
  const TempFolder folder;
  // In its own order float64 comes before float32; as float16 and float64 the writer wants them the other way round.
  const std::vector<Tensor> all{counting("a", DType::f64, {40, 50}), counting("b", DType::f32, {30, 70}),
                                counting("c", DType::u8, {9})};
  const std::string in = save(folder / "in.safetensors", all);
  ConversionOptions turned = cast({"a=float16", "b=float64"}), strided = sliced({"::3"}), early = sliced({"a=:2"});
  early.selection.exclude.push_back(parsed<Pattern>("b|c"));
  for (const ConversionOptions& options : {ConversionOptions{}, turned, strided, early}) {
    for (const char* out : {"out.safetensors", "out.npz", "out.pt"}) {
      const std::vector<Tensor> of_file = converted({in}, options, folder / out);
      const Pipe pipe(content_of(in));
      CHECK(converted({pipe.path()}, options, folder / out) == of_file);
    }
  }
}

TEST_CASE("conversion: refusal of a pipe that ends early or goes on, read forward or spooled", "[checkpoint]") {
  const TempFolder folder;
  const std::string whole = content_of(save(folder / "in.safetensors", {counting("x", DType::f32, {100, 10})}));
  for (const ConversionOptions& options : {ConversionOptions{}, sliced({"::2"}), sliced({":2"})}) {
    const Pipe cut(whole.substr(0, whole.size() - 41)), longer(whole + "x");
    CHECK(refused({cut.path()}, options, folder / "out") ==
          cut.path() + ": input ends early: expected 100 rows of 'x', got 98");
    CHECK(refused({longer.path()}, options, folder / "out") == longer.path() + ": bytes follow the last tensor");
    CHECK(folder.names().size() == 1);
  }
}

TEST_CASE("conversion: value: options know whether they are given", "[checkpoint]") {
  CHECK_FALSE(ConversionOptions{}.given());
  CHECK(joined().given());
  CHECK(cast({"F16"}).given());
  CHECK(sliced({":"}).given());
  ConversionOptions stack;
  stack.stack = "x";
  CHECK(stack.given());
}

}  // namespace
}  // namespace athanor::checkpoint
