#include "io/tensor_file.h"

#include <random>

#include "io/npy.h"
#include "io/spool.h"
#include "io/tensor_reader.h"
#include "io/tensor_writer.h"
#include "support/files.h"

namespace athanor::io {
namespace {

using test::big_endian;
using test::error_of;
using test::TempFolder;

/// gather, an element at a time, from the definition.
std::string gathered(std::string_view storage, const Shape& shape, const std::vector<int64_t>& strides, size_t size) {
  std::string out;
  for (int64_t i = 0; i < element_count(shape); ++i) {
    int64_t rest = i, at = 0;
    for (size_t a = shape.size(); a-- > 0; rest /= shape[a]) at += rest % shape[a] * strides[a];
    out += storage.substr(size_t(at) * size, size);
  }
  return out;
}

TEST_CASE("tensor file: two ways: gather, from any element on, against its definition", "[io]") {
  std::mt19937 random(1);
  const auto below = [&](int64_t n) { return int64_t(random() % uint64_t(n)); };
  for (int trial = 0; trial < 500; ++trial) {
    Shape shape(size_t(below(5)));
    std::vector<int64_t> strides(shape.size());
    for (int64_t& n : shape) n = 1 + below(5);
    for (int64_t& s : strides) s = below(7);
    const size_t size = size_t(1) << below(4);
    std::string storage(strided_bytes(shape, strides, size), ' ');
    for (char& c : storage) c = char(random());
    const std::string expected = gathered(storage, shape, strides, size);
    const uint64_t first = uint64_t(below(element_count(shape)));
    const uint64_t count = 1 + uint64_t(below(element_count(shape) - int64_t(first)));
    std::string out(count * size, ' ');
    gather(std::as_bytes(std::span(storage)), shape, strides, size, first, std::as_writable_bytes(std::span(out)));
    CHECK(out == expected.substr(first * size, count * size));
  }
}

TEST_CASE("tensor file: value and limit: strides", "[io]") {
  using Strides = std::vector<int64_t>;
  CHECK(c_strides({2, 3, 4}) == Strides{12, 4, 1});
  CHECK(fortran_strides({2, 3, 4}) == Strides{1, 2, 6});
  CHECK(c_strides({5, 0, 3}) == Strides{3, 3, 1});  // as PyTorch and NumPy count an empty axis
  CHECK(c_strides({}).empty());
  CHECK(c_strides({0, INT64_MAX, INT64_MAX}).size() == 3);  // overflow without meaning, and without harm
  CHECK(fortran_strides({INT64_MAX, INT64_MAX, 0}).size() == 3);
  CHECK(is_c_order({2, 1, 3}, Strides{3, 77, 1}));
  CHECK(is_c_order({2, 0}, Strides{9, 9}));
  CHECK_FALSE(is_c_order({2, 3}, Strides{1, 2}));
  CHECK_FALSE(is_c_order({2, 3}, Strides{0, 1}));
  CHECK(strided_bytes({2, 3}, Strides{10, 2}, 4) == 60);
  CHECK(strided_bytes({2, 0}, Strides{INT64_MAX, INT64_MAX}, 8) == 0);
  CHECK(strided_bytes({INT64_MAX, 3, 0}, Strides{3, 1, 1}, 8) == 0);
  CHECK(strided_bytes({}, Strides{}, 8) == 8);
  for (const auto& array : {std::pair<Shape, Strides>{{3}, {INT64_MAX}},
                            {{2}, {INT64_MAX}},
                            {{2, 2}, {INT64_MAX - 1, 1}},
                            {{INT64_MAX}, {1}},
                            {{2}, {-1}}})
    CHECK(error_of([&] { strided_bytes(array.first, array.second, 8); }).kind() == ErrorKind::data);
}

TEST_CASE("tensor file: identity: turning bytes twice", "[io]") {
  for (const size_t size : {1, 2, 4, 8}) {
    std::string bytes = "0123456789abcdef";
    swap_bytes(size, std::as_writable_bytes(std::span(bytes)));
    CHECK((bytes == "0123456789abcdef") == (size == 1));
    swap_bytes(size, std::as_writable_bytes(std::span(bytes)));
    CHECK(bytes == "0123456789abcdef");
  }
}

TEST_CASE("spool: identity: what is written reads back, also what begins as gzip does", "[io]") {
  for (const std::string& content : {std::string("hello"), std::string("\x1f\x8b no gzip"), std::string()}) {
    Spool spool;
    spool.write(std::as_bytes(std::span(content)));
    CHECK(spool.size() == content.size());
    Input input = spool.input("x");
    CHECK(input.name() == "x");
    CHECK(input.resident() == !content.empty());
    std::string back(content.size() + 1, ' ');
    back.resize(input.read_full(std::as_writable_bytes(std::span(back))));
    CHECK(back == content);
  }
}

/// The bytes of an .npy file of int16 [2,3], 0 … 5 and "\x1f\x8b" in front of them.
std::string npy_file(bool turned, bool big) {
  std::string header = make_npy_header(DType::i16, {2, 3});
  if (turned) header.replace(header.find("False"), 5, "True ");
  if (big) header.replace(header.find("'<"), 2, "'>");
  for (const uint64_t i :
       turned ? std::vector<uint64_t>{0x8b1f, 3, 1, 4, 2, 5} : std::vector<uint64_t>{0x8b1f, 1, 2, 3, 4, 5})
    header += big ? big_endian(i, 2) : test::little_endian(i, 2);
  return header;
}

TEST_CASE("reader: two ways: orders of axes and bytes, in a file, a pipe, spooled and mapped", "[io]") {
  const std::string expected("\x1f\x8b\1\0\2\0\3\0\4\0\5\0", 12);
  const auto text = [](std::span<const std::byte> bytes) {
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  const TempFolder folder;
  for (const bool turned : {false, true})
    for (const bool big : {false, true}) {
      CAPTURE(turned, big);
      const std::string content = npy_file(turned, big);
      TensorReader file = TensorReader::open({folder.file("x.npy", content)});
      const TensorInfo& array = file.layout().tensors[0];
      CHECK(text(file.read(array)) == expected);
      CHECK(text(file.map(array)) == expected);
      std::string part(4, ' ');
      file.read(array, 6, std::as_writable_bytes(std::span(part)));
      CHECK(part == expected.substr(6, 4));

      const test::Pipe pipe(content), again(content);
      TensorReader stream = TensorReader::open({pipe.path()});
      CHECK(stream.random_access() == turned);  // a turned array is spooled
      CHECK(text(stream.read(stream.layout().tensors[0])) == expected);
      stream.finish();
      TensorReader spooled = TensorReader::open({again.path()});
      spooled.spool();
      CHECK(spooled.random_access());
      CHECK(text(spooled.map(spooled.layout().tensors[0])) == expected);
      CHECK(text(spooled.read(spooled.layout().tensors[0])) == expected);
    }
}

TEST_CASE("reader: refusal of streams that end early or late when they are spooled", "[io]") {
  const auto refusal = [](const std::string& content) {
    const test::Pipe pipe(content);
    const Error error = error_of([&] {
      TensorReader reader = TensorReader::open({pipe.path()});
      reader.spool();
    });
    CHECK(error.kind() == ErrorKind::data);
    return std::string(error.what());
  };
  for (const bool turned : {false, true}) {
    const std::string content = npy_file(turned, false);
    CHECK_THAT(refusal(content.substr(0, content.size() - 1)),
               Catch::Matchers::ContainsSubstring("input ends early: expected 2 rows of 'arr_0', got 1"));
    CHECK_THAT(refusal(content + "x"), Catch::Matchers::ContainsSubstring("bytes follow the last tensor"));
  }
}

const std::vector<DType> kAll{DType::u64,     DType::i64,     DType::f64, DType::f32, DType::u32,
                              DType::i32,     DType::bf16,    DType::f16, DType::u16, DType::i16,
                              DType::f8_e4m3, DType::f8_e5m2, DType::i8,  DType::u8,  DType::boolean};
bool npy_holds(DType dtype) { return dtype != DType::bf16 && dtype != DType::f8_e4m3 && dtype != DType::f8_e5m2; }

TEST_CASE("writer: two ways: every format and element type reads back, in a file and a pipe", "[io]") {
  for (const std::string_view format : {"safetensors", "npz", "pt"}) {
    std::vector<TensorInfo> tensors;
    for (const DType dtype : kAll)
      for (const Shape& shape : {Shape{3, 2}, Shape{}, Shape{2, 0, 5}})
        if (format != "npz" || npy_holds(dtype))
          tensors.push_back(
              {.name = fmt::format("é {}.{}", name_of(dtype), shape.size()), .dtype = dtype, .shape = shape});
    const TempFolder folder;
    TensorWriter writer({folder / "x"}, Existing::refuse, format, tensors, {{"k", "v\n"}});
    const auto content = [](const TensorInfo& t) {
      std::string bytes = "\x1f\x8b" + t.name;
      bytes.resize(t.bytes(), '\1');
      return bytes;
    };
    for (const TensorInfo& tensor : writer.layout().tensors)
      writer.write(tensor.name, std::as_bytes(std::span(content(tensor).c_str(), tensor.bytes())));
    writer.finish();
    const test::Pipe pipe(test::content_of(folder / "x"));
    for (const std::string& path : {folder / "x", pipe.path()}) {
      CAPTURE(format, path);
      TensorReader reader = TensorReader::open({path});
      CHECK(reader.layout().format == format);
      CHECK(reader.layout().metadata.at("k") == "v\n");
      CHECK(reader.layout().tensors.size() == tensors.size());
      for (const TensorInfo& tensor : writer.layout().tensors) {
        const TensorInfo& found = reader.layout().tensors.at(size_t(reader.layout().find(tensor.name)));
        CHECK(found.dtype == tensor.dtype);
        CHECK(found.shape == tensor.shape);
        const std::string expected = content(tensor);
        CHECK(std::ranges::equal(reader.read(found), std::as_bytes(std::span(expected))));
      }
      reader.finish();
    }
  }
}

TEST_CASE("writer: refusal of names that readers cannot take", "[io]") {
  const TempFolder folder;
  for (const std::string_view format : {"safetensors", "npz", "pt"}) {
    const auto refusal = [&](std::vector<TensorInfo> tensors) {
      const Error error = error_of([&] { TensorWriter({folder / "x"}, Existing::refuse, format, tensors); });
      CHECK(folder.names().empty());
      return std::string(error.what());
    };
    CAPTURE(format);
    CHECK(refusal({{.name = "a"}, {.name = "a"}}) == "tensor 'a': the name is there twice");
    CHECK(refusal({{.name = "\xff"}}).starts_with("a tensor's name is not UTF-8"));
    CHECK_FALSE(refusal({{.name = std::string("a\0b", 3)}}).empty());
  }
}

}  // namespace
}  // namespace athanor::io
