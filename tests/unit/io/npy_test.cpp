#include "io/npy.h"

#include "io/tensor_reader.h"
#include "support/files.h"

namespace athanor::io {
namespace {

using test::error_of;
using test::little_endian;
using test::TempFolder;

std::string npy(std::string_view header, std::string_view payload, int version = 1) {
  std::string bytes = "\x93NUMPY";
  bytes += char(version);
  bytes += '\0';
  bytes += little_endian(header.size(), version == 1 ? 2 : 4);
  return bytes.append(header).append(payload);
}
std::string dict(std::string_view descr, std::string_view shape, std::string_view fortran = "False") {
  return fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': {}, }}  \n", descr, fortran, shape);
}

TEST_CASE("npy: value: every element type is read, in either byte order", "[io]") {
  const TempFolder folder;
  const std::vector<std::tuple<const char*, DType, bool>> types{
      {"|b1", DType::boolean, false}, {"|i1", DType::i8, false},  {"<i2", DType::i16, false},
      {">i2", DType::i16, true},      {"<i4", DType::i32, false}, {">i4", DType::i32, true},
      {"<i8", DType::i64, false},     {"=i8", DType::i64, false}, {"|u1", DType::u8, false},
      {">u1", DType::u8, false},      {"<u2", DType::u16, false}, {"<u4", DType::u32, false},
      {">u8", DType::u64, true},      {"<f2", DType::f16, false}, {"<f4", DType::f32, false},
      {">f8", DType::f64, true}};
  for (const auto& [descr, dtype, swapped] : types) {
    CAPTURE(descr);
    const std::string element("\1\2\3\4\5\6\7\10", size_of(dtype));
    TensorReader reader = TensorReader::open({folder.file("x.npy", npy(dict(descr, "(2,)"), element + element))});
    const TensorInfo& array = reader.layout().tensors.at(0);
    CHECK(array.dtype == dtype);
    CHECK(array.shape == Shape{2});
    CHECK(array.name == "arr_0");
    CHECK(reader.layout().big_endian == swapped);
    const std::vector<std::byte> got = reader.read(array);
    const std::string one = swapped ? std::string(element.rbegin(), element.rend()) : element;
    CHECK(std::string(reinterpret_cast<const char*>(got.data()), got.size()) == one + one);
  }
}

TEST_CASE("npy: value: all versions, spellings and shapes that NumPy writes", "[io]") {
  const TempFolder folder;
  const auto shape_of = [&](const std::string& content) {
    return TensorReader::open({folder.file("x.npy", content)}).layout().tensors.at(0).shape;
  };
  CHECK(shape_of(npy(dict("<i2", "(2, 3)"), std::string(12, 'x'), 2)) == Shape{2, 3});
  CHECK(shape_of(npy(dict("<i2", "(2, 3)"), std::string(12, 'x'), 3)) == Shape{2, 3});
  CHECK(shape_of(npy(dict("<i2", "()"), "xx")).empty());
  CHECK(shape_of(npy(dict("<i2", "(0, 5)"), "")) == Shape{0, 5});
  CHECK(shape_of(npy(dict("<i2", "(1,)", "True"), "xx")) == Shape{1});
  CHECK(shape_of(npy("{\"shape\":(1,2),\"fortran_order\":False,\"descr\":\"<i2\"}", "xxxx")) == Shape{1, 2});
}

TEST_CASE("npy: refusal of everything else, by name", "[io]") {
  const std::string good = npy(dict("<i4", "(2, 3)"), std::string(24, 'x'));
  const std::vector<std::pair<std::string, const char*>> cases{
      {npy(dict("|O", "(1,)"), "x"), "an .npy array of Python objects ('|O') is not supported"},
      {npy(dict("<U3", "(1,)"), "x"), "an .npy array of strings"},
      {npy(dict("|S3", "(1,)"), "x"), "an .npy array of strings"},
      {npy(dict("<c8", "(1,)"), "x"), "a complex .npy array"},
      {npy(dict("<M8[s]", "(1,)"), "x"), "an .npy array of dates"},
      {npy(dict("|V3", "(1,)"), "x"), "a structured .npy array"},
      {npy(dict("<f16", "(1,)"), "x"), "its element type ('<f16') is not supported"},
      {npy(dict("f4", "(1,)"), "xxxx"), "lacks a byte order"},
      {npy(dict("|f4", "(1,)"), "xxxx"), "lacks a byte order"},
      {npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "xxxx"), "a structured .npy array"},
      {npy(dict("<i4", "(9223372036854775807, 2)"), ""), "multiply to more than 2^63"},
      {npy(dict("<i4", "(9223372036854775807,)"), ""), "overflow"},
      {npy(dict("<i4", "(92233720368547758070,)"), ""), "shape overflows"},
      {npy(dict("<i4", "(-1,)"), ""), "damaged"},
      {npy(dict("<i4", "(1)"), "xxxx"), "damaged"},
      {npy(dict("<i4", "[1]"), "xxxx"), "damaged"},
      {npy(dict("<i4", "(1 2)"), "xxxx"), "damaged"},
      {npy(dict("<i4", "(__import__('os'),)"), "xxxx"), "damaged"},
      {npy(dict("<i4", "(1,)", "maybe"), "xxxx"), "damaged"},
      {npy("{'descr': '<i4'", ""), "damaged"},
      {npy("", ""), "damaged"},
      {npy("{'descr': '<i4', 'shape': (1,)}", "xxxx"), "lacks descr, fortran_order or shape"},
      {npy("{'descr': '<i4', 'descr': '<i4', 'shape': (1,)}", "xxxx"), "has 'descr' twice"},
      {npy("{'descr': '<i4', 'fortran_order': False, 'shape': (1,), 'x': 1}", "xxxx"), "unknown key 'x'"},
      {npy(dict("<i4", "(1,)") + "x", "xxxx"), "text after its description"},
      {npy(dict("<i4", "(1,)"), "xxxx", 4), ".npy version 4.0 is not known"},
      {std::string("\x93NUMPY\2\0\377\377\377\377", 12), "claims 4294967295 bytes, more than the limit"},
      {std::string("\x93NUMPY\1\0\377\377{'de", 14), "input ends early: the .npy header claims 65535 bytes, 4 follow"},
      {good.substr(0, 7), "input ends early: 7 bytes are too few"},
      {good.substr(0, good.size() - 1), "input ends early: 24 bytes are promised after the header, 23 follow"},
      {good + "x", "1 bytes follow the last tensor"},
  };
  const TempFolder folder;
  for (const auto& [content, text] : cases) {
    CAPTURE(text);
    const std::string path = folder.file("x.npy", content);
    const Error error = error_of([&] { TensorReader::open({path}); });
    CHECK(error.kind() == ErrorKind::data);
    CHECK_THAT(error.what(), Catch::Matchers::ContainsSubstring(text));
    CHECK_THAT(error.what(), Catch::Matchers::StartsWith(path + ": "));
    const test::Pipe pipe(content);
    const auto through_pipe = [&] {
      TensorReader reader = TensorReader::open({pipe.path()});
      reader.read(reader.layout().tensors[0]);
      reader.finish();
    };
    CHECK(error_of(through_pipe).kind() == ErrorKind::data);
  }
}

TEST_CASE("npy: limit: a header cut anywhere is refused", "[io]") {
  const std::string good = npy(dict("<i4", "(2,)"), std::string(8, 'x'));
  const TempFolder folder;
  for (size_t n = 0; n < good.size(); ++n) {
    const std::string path = folder.file("x.npy", good.substr(0, n));
    CAPTURE(n);
    CHECK(error_of([&] { TensorReader::open({path}); }).kind() == ErrorKind::data);
  }
  CHECK(TensorReader::open({folder.file("x.npy", good)}).layout().tensors[0].bytes() == 8);
}

TEST_CASE("npy: value: the header that is written", "[io]") {
  const std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }";
  CHECK(make_npy_header(DType::f32, {3, 4}) ==
        std::string("\x93NUMPY\1\0\x76\0", 10) + text + std::string(117 - text.size(), ' ') + "\n");
  CHECK_THAT(make_npy_header(DType::u8, {5}), Catch::Matchers::ContainsSubstring("'descr': '|u1'"));
  CHECK_THAT(make_npy_header(DType::u8, {5}), Catch::Matchers::ContainsSubstring("'shape': (5,), }"));
  CHECK_THAT(make_npy_header(DType::boolean, {}), Catch::Matchers::ContainsSubstring("'shape': (), }"));
  for (int64_t axes = 0; axes < 20; ++axes) CHECK(make_npy_header(DType::i64, Shape(axes, 1234567)).size() % 64 == 0);
}

TEST_CASE("npy: refusal to write bfloat16", "[io]") {
  const Error error = error_of([] { make_npy_header(DType::bf16, {1}); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(error.what() == std::string(".npy has no element type BF16: --cast it, or write safetensors"));
}

}  // namespace
}  // namespace athanor::io
