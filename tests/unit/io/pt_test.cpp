#include "io/pt.h"

#include <cmath>

#include "io/tensor_writer.h"
#include "support/numbers.h"
#include "support/pickle_text.h"
#include "support/zip_file.h"

namespace athanor::io {
namespace {

using test::error_of;
using test::little_endian;
using test::numbers;
using test::pickled_dict;
using test::pickled_global;
using test::pickled_number;
using test::pickled_numbers;
using test::pickled_storage;
using test::pickled_tensor;
using test::pickled_text;
using test::TempFolder;
using namespace std::string_literals;

const std::string kData = std::string(ATHANOR_TEST_DATA) + "/tensors/";

std::vector<float> counting(size_t n, float modulus = 1e9f) {
  std::vector<float> values;
  for (size_t i = 0; i < n; ++i) values.push_back(std::fmod(float(i), modulus));
  return values;
}
const TensorInfo& info(const TensorReader& reader, std::string_view name) {
  return reader.layout().tensors.at(size_t(reader.layout().find(name)));
}

TEST_CASE("pt: value: every element type that PyTorch writes", "[io]") {
  TensorReader reader = TensorReader::open({kData + "types.pt"});
  const std::vector<std::pair<const char*, DType>> types{{"float64", DType::f64},
                                                         {"float32", DType::f32},
                                                         {"float16", DType::f16},
                                                         {"bfloat16", DType::bf16},
                                                         {"float8_e4m3fn", DType::f8_e4m3},
                                                         {"float8_e5m2", DType::f8_e5m2},
                                                         {"int64", DType::i64},
                                                         {"int32", DType::i32},
                                                         {"int16", DType::i16},
                                                         {"int8", DType::i8},
                                                         {"uint64", DType::u64},
                                                         {"uint32", DType::u32},
                                                         {"uint16", DType::u16},
                                                         {"uint8", DType::u8},
                                                         {"bool", DType::boolean}};
  CHECK(reader.layout().tensors.size() == types.size());
  for (const auto& [name, dtype] : types) {
    CAPTURE(name);
    CHECK(info(reader, name).dtype == dtype);
    CHECK(info(reader, name).shape == Shape{2, 3});
    CHECK(numbers(reader, name) == counting(6, dtype == DType::boolean ? 2.f : 1e9f));
  }
}

TEST_CASE("pt: value: containers are flattened, numbers and texts become metadata", "[io]") {
  TensorReader reader = TensorReader::open({kData + "nested.pt"});
  CHECK(numbers(reader, "model.0.weight") == counting(6));
  CHECK(info(reader, "model.0.weight").shape == Shape{2, 3});
  CHECK(info(reader, "model.1.num_batches_tracked").shape.empty());
  CHECK(info(reader, "model.1.num_batches_tracked").dtype == DType::i64);
  CHECK(numbers(reader, "optimizer.state.0.exp_avg") == counting(6));
  CHECK(numbers(reader, "optimizer.state.1.exp_avg_sq") == counting(2));
  CHECK(numbers(reader, "list.0") == counting(2));
  CHECK(info(reader, "list.1.0").dtype == DType::i16);
  CHECK(numbers(reader, "list.1.1.deep") == counting(1));
  CHECK(numbers(reader, "parameter") == counting(4));
  CHECK(numbers(reader, "ordered.a") == counting(2));
  CHECK(numbers(reader, "7") == counting(2));
  const Metadata& metadata = reader.layout().metadata;
  CHECK(metadata.at("epoch") == "3");
  CHECK(metadata.at("big") == "0x400000000000000000");
  CHECK(metadata.at("lowest") == "-9223372036854775808");
  CHECK(metadata.at("rate") == "0.1");
  CHECK(metadata.at("note") == "text\n");
  CHECK(metadata.at("flag") == "true");
  CHECK(metadata.at("optimizer.param_groups.0.lr") == "0.25");
  CHECK_FALSE(metadata.contains("nothing"));
}

/// views.pt: parts of one storage that holds 0, 1, … 23.
void check_views(const std::string& path) {
  TensorReader reader = TensorReader::open({path});
  CHECK(numbers(reader, "cube") == counting(24));
  CHECK(info(reader, "turned").shape == Shape{4, 2, 3});
  CHECK(numbers(reader, "turned") ==
        std::vector<float>{0, 4, 8, 12, 16, 20, 1, 5, 9, 13, 17, 21, 2, 6, 10, 14, 18, 22, 3, 7, 11, 15, 19, 23});
  CHECK(numbers(reader, "columns") == std::vector<float>{1, 2, 5, 6, 9, 10, 13, 14, 17, 18, 21, 22});
  CHECK(numbers(reader, "odd") == std::vector<float>{1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23});
  CHECK(numbers(reader, "expanded") == std::vector<float>{5, 5, 5, 6, 6, 6});
  CHECK(info(reader, "scalar").shape.empty());
  CHECK(numbers(reader, "scalar") == std::vector<float>{7});
  CHECK(info(reader, "empty").shape == Shape{0, 4});
  CHECK(numbers(reader, "empty").empty());
  CHECK(numbers(reader, "wide") == std::vector<float>{4, 16, 5, 17, 6, 18, 7, 19});
  for (const TensorInfo& tensor : reader.layout().tensors) {
    const std::vector<std::byte> whole = reader.read(tensor);
    CHECK(std::ranges::equal(reader.map(tensor), whole));
  }
}

TEST_CASE("pt: two ways: views of one storage, stored, deflated, big-endian, in a file and a pipe", "[io]") {
  for (const char* name : {"views.pt", "deflated.pt", "big-endian.pt"}) {
    CAPTURE(name);
    check_views(kData + name);
    const test::Pipe pipe(test::content_of(kData + name));
    check_views(pipe.path());
  }
}

TEST_CASE("pt: value: all of pickle's protocols, and a tensor by itself", "[io]") {
  for (const char* name : {"protocol3.pt", "protocol4.pt", "protocol5.pt"}) {
    CAPTURE(name);
    TensorReader reader = TensorReader::open({kData + name});
    CHECK(reader.layout().format == "pt");
    CHECK(numbers(reader, "a") == counting(6));
    CHECK(reader.layout().metadata.at("n") == "300");
    CHECK(reader.layout().metadata.at("t") == std::string(300, 'x'));
  }
  TensorReader alone = TensorReader::open({kData + "alone.pt"});
  CHECK(numbers(alone, "tensor") == counting(5));
}

/// A file with this pickle and one storage, '0', of the numbers 0 to 3 as int32.
std::string file_of(std::string_view pickle, std::vector<test::ZipPart> more = {}) {
  std::string storage;
  for (uint64_t i = 0; i < 4; ++i) storage += little_endian(i, 4);
  more.insert(more.begin(), {{.name = "a/data.pkl", .data = "\x80\2" + std::string(pickle) + "."},
                             {.name = "a/data/0", .data = storage}});
  return test::zip_of(more);
}
std::string refusal(const std::string& content) {
  const TempFolder folder;
  const std::string path = folder.file("x.pt", content);
  const Error error = error_of([&] {
    TensorReader reader = TensorReader::open({path});
    for (const TensorInfo& tensor : reader.layout().tensors) reader.read(tensor);
  });
  CHECK(error.kind() == ErrorKind::data);
  const std::string text = error.what();
  REQUIRE(text.starts_with(path + ": "));
  return text.substr(path.size() + 2);
}
std::string tensor(const std::vector<int64_t>& shape, const std::vector<int64_t>& strides, int64_t offset = 0,
                   const std::string& storage = pickled_storage("IntStorage", "0")) {
  return pickled_dict(
      "t", pickled_tensor(storage, pickled_number(offset), pickled_numbers(shape), pickled_numbers(strides)));
}

TEST_CASE("pt: limit: shapes, strides and offsets as far as the storage reaches", "[io]") {
  const TempFolder folder;
  const auto read = [&](const std::string& pickle) {
    TensorReader reader = TensorReader::open({folder.file("x.pt", file_of(pickle))});
    return numbers(reader, "t");
  };
  CHECK(read(tensor({4}, {1})) == counting(4));
  CHECK(read(tensor({2, 2}, {1, 2})) == std::vector<float>{0, 2, 1, 3});
  CHECK(read(tensor({}, {}, 3)) == std::vector<float>{3});
  CHECK(read(tensor({1, 2}, {INT64_MAX, 3})) == std::vector<float>{0, 3});
  CHECK(read(tensor({2, 1, 2}, {2, INT64_MAX, 1})) == counting(4));
  CHECK(read(tensor({0, INT64_MAX, INT64_MAX}, {1, 1, 1}, 4)).empty());
  CHECK(read(tensor({0}, {INT64_MAX})).empty());
  CHECK(read(tensor({3}, {0}, 3)) == std::vector<float>{3, 3, 3});
}

TEST_CASE("pt: refusal of tensors that lie outside of their storage or are none", "[io]") {
  using Catch::Matchers::ContainsSubstring;
  CHECK_THAT(refusal(file_of(tensor({5}, {1}))), ContainsSubstring("needs bytes 0 to 20 of a storage of 16"));
  CHECK_THAT(refusal(file_of(tensor({4}, {1}, 1))), ContainsSubstring("needs bytes 4 to 20 of a storage of 16"));
  CHECK_THAT(refusal(file_of(tensor({2}, {4}))), ContainsSubstring("needs bytes 0 to 20 of a storage of 16"));
  CHECK_THAT(refusal(file_of(tensor({0}, {1}, 5))), ContainsSubstring("needs bytes 20 to 20 of a storage of 16"));
  CHECK_THAT(refusal(file_of(tensor({1}, {1}, INT64_MAX))), ContainsSubstring("its offset is impossible"));
  CHECK_THAT(refusal(file_of(tensor({1}, {1}, INT64_MAX / 4))), ContainsSubstring("of a storage of 16"));
  CHECK_THAT(refusal(file_of(tensor({-1}, {1}))), ContainsSubstring("negative or beyond 2^63"));
  CHECK_THAT(refusal(file_of(tensor({1}, {-1}))), ContainsSubstring("negative or beyond 2^63"));
  CHECK_THAT(refusal(file_of(tensor({1}, {1}, -1))), ContainsSubstring("negative or beyond 2^63"));
  CHECK_THAT(refusal(file_of(tensor({3, INT64_MAX}, {1, 1}))), ContainsSubstring("multiply to more than 2^63"));
  CHECK_THAT(refusal(file_of(tensor({INT64_MAX}, {0}))), ContainsSubstring("overflows 2^64 bytes"));
  CHECK_THAT(refusal(file_of(tensor({3}, {INT64_MAX}))), ContainsSubstring("are impossible"));
  CHECK_THAT(refusal(file_of(tensor({2, 2}, {INT64_MAX, 1}))), ContainsSubstring("are impossible"));
  CHECK_THAT(refusal(file_of(tensor({int64_t{1} << 40}, {0}))), ContainsSubstring("repeats the elements of 16 bytes"));
  CHECK_THAT(refusal(file_of(tensor({2, 2}, {1}))), ContainsSubstring("differ in length"));
  CHECK_THAT(refusal(file_of(tensor(Shape(1'000'000, 1), Shape(1'000'000, 1)))),
             ContainsSubstring("no tuple of numbers"));
  CHECK_THAT(refusal(file_of(tensor({1}, {1}, 0, pickled_storage("IntStorage", "9")))),
             ContainsSubstring("'9' is missing"));
  CHECK_THAT(refusal(file_of(tensor({1}, {1}, 0, pickled_storage("ComplexFloatStorage", "0")))),
             ContainsSubstring("it names 'torch.ComplexFloatStorage', which is not read"));
  CHECK_THAT(refusal(file_of(tensor({1}, {1}, 0, pickled_storage("float32", "0")))),
             ContainsSubstring("is not supported"));
  CHECK_THAT(refusal(file_of(tensor({1}, {1}, 0, "N"))), ContainsSubstring("lacks its storage"));
  CHECK_THAT(refusal(file_of(tensor({1}, {1}, 0, "NQ"))), ContainsSubstring("a storage is not described"));
  CHECK_THAT(refusal(file_of(pickled_storage("IntStorage", "0"))), ContainsSubstring("where a value should be"));
  // 2^64 + 4 as a size: its lowest 64 bits would do.
  const std::string beyond = "\x8a\x09\4\0\0\0\0\0\0\0\1"s;
  const std::string storage = pickled_storage("IntStorage", "0"), zero = pickled_number(0), one = pickled_numbers({1});
  for (const std::string& t :
       {pickled_tensor(storage, zero, "(" + beyond + "t", one), pickled_tensor(storage, zero, one, "(" + beyond + "t"),
        pickled_tensor(storage, beyond, one, one)})
    CHECK_THAT(refusal(file_of(pickled_dict("t", t))), ContainsSubstring("beyond 2^63"));
}

TEST_CASE("pt: refusal of what is no file of tensors", "[io]") {
  using Catch::Matchers::ContainsSubstring;
  const std::string one =
      pickled_tensor(pickled_storage("IntStorage", "0"), pickled_number(0), pickled_numbers({1}), pickled_numbers({1}));
  CHECK_THAT(refusal(file_of(pickled_global("os", "system") + "(" + pickled_text("id") + "tR")),
             ContainsSubstring("it names 'os.system', which is not read"));
  CHECK_THAT(refusal(file_of(pickled_global("torch._utils", "_rebuild_tensor_v2") + ")R")),
             ContainsSubstring("lacks arguments"));
  CHECK_THAT(refusal(file_of(pickled_global("torch._utils", "_rebuild_parameter") + ")R")),
             ContainsSubstring("lacks its tensor"));
  CHECK_THAT(refusal(file_of(pickled_global("torch", "FloatStorage") + ")R")),
             ContainsSubstring("it calls 'torch.FloatStorage'"));
  CHECK_THAT(refusal(file_of(pickled_dict("a.b", one) + pickled_text("a") + pickled_dict("b", one) + "s")),
             ContainsSubstring("tensor 'a.b': the name is there twice"));
  CHECK_THAT(refusal(file_of("}" + one + "Ns")), ContainsSubstring("a key is neither text nor a number"));
  CHECK_THAT(refusal(file_of("}", {{.name = "a/constants.pkl", .data = ""}})),
             ContainsSubstring("a TorchScript program"));
  CHECK_THAT(refusal(file_of("}", {{.name = "a/byteorder", .data = "middle"}})),
             ContainsSubstring("neither little nor big"));
  CHECK_THAT(refusal(test::content_of(kData + "legacy.pt")), ContainsSubstring("from before version 1.6"));
}

TEST_CASE("pt: limit: cycles, deep nesting and repetition end", "[io]") {
  using Catch::Matchers::ContainsSubstring;
  CHECK_THAT(refusal(file_of("]q\1h\1a")), ContainsSubstring("nested too deeply"));
  CHECK_THAT(refusal(file_of("}q\1" + pickled_text("a") + "h\1s")), ContainsSubstring("nested too deeply"));
  CHECK_THAT(refusal(file_of(std::string(100'000, ']') + std::string(99'999, 'a'))),
             ContainsSubstring("nested too deeply"));
  // Each list holds the one before ten times: 10^20 ways in 500 bytes.
  std::string laughs = "]q" + std::string(1, '\0');
  for (char i = 0; i < 20; ++i) {
    laughs += "](";
    for (int k = 0; k < 10; ++k) laughs += std::string("h") + i;
    laughs += std::string("eq") + char(i + 1);
  }
  for (int i = 0; i < 20; ++i) laughs.insert(laughs.begin(), '(');
  for (int i = 0; i < 20; ++i) laughs += "l";
  CHECK_THAT(refusal(file_of(laughs)), ContainsSubstring("repeats its parts too often"));
  // Long keys on top of one another: names of megabytes, a thousand times.
  std::string keys = pickled_text(std::string(500'000, 'k')) + "q\1}";
  for (int i = 0; i < 1000; ++i) keys += pickled_number(i) + "Ns";
  keys += "q\2";
  for (int i = 0; i < 60; ++i) keys += "}h\1h\2sq\2";
  keys = "(" + keys + "l";
  CHECK_THAT(refusal(file_of(keys)), ContainsSubstring("repeats its parts too often"));
}

TEST_CASE("pt: limit: a file cut at any byte is refused", "[io]") {
  const std::string content = test::content_of(kData + "deflated.pt");
  const TempFolder folder;
  for (size_t n = 0; n < content.size(); ++n) {
    CAPTURE(n);
    CHECK(error_of([&] { TensorReader::open({folder.file("x", content.substr(0, n))}); }).kind() == ErrorKind::data);
  }
}

TEST_CASE("pt: law: a file with one wrong bit is refused, or its tensors read as before", "[io]") {
  const std::string content = test::content_of(kData + "big-endian.pt");
  const auto tensors = [](const std::string& bytes) {
    TensorReader reader(Input::memory(std::as_bytes(std::span(bytes)), "x"));
    std::vector<std::pair<std::string, std::vector<std::byte>>> all;
    for (const TensorInfo& tensor : reader.layout().tensors) all.emplace_back(tensor.name, reader.read(tensor));
    return all;
  };
  const auto expected = tensors(content);
  std::string changed = content;
  for (size_t bit = 0; bit < 8 * content.size(); ++bit) {
    const auto turn = [&] { changed[bit / 8] = char(changed[bit / 8] ^ 1 << bit % 8); };
    turn();
    try {
      if (tensors(changed) != expected) FAIL("bit " << bit);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) FAIL("bit " << bit << ": " << error.what());
    }
    turn();
  }
}

}  // namespace
}  // namespace athanor::io
