#include "io/idx.h"

#include "io/tensor_reader.h"
#include "support/files.h"

namespace athanor::io {
namespace {

using test::big_endian;
using test::error_of;
using test::TempFolder;

std::string idx(int type, const std::vector<uint32_t>& sizes, std::string_view payload) {
  std::string bytes{'\0', '\0', char(type), char(sizes.size())};
  for (const uint32_t size : sizes) bytes += big_endian(size, 4);
  return bytes.append(payload);
}
std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST_CASE("idx: value: all six types are read and turned to little-endian", "[io]") {
  const TempFolder folder;
  const std::vector<std::pair<int, DType>> types{{0x08, DType::u8},  {0x09, DType::i8},  {0x0b, DType::i16},
                                                 {0x0c, DType::i32}, {0x0d, DType::f32}, {0x0e, DType::f64}};
  for (const auto& [code, dtype] : types) {
    CAPTURE(code);
    const std::string first("\1\2\3\4\5\6\7\10", size_of(dtype)),
        second("\x11\x12\x13\x14\x15\x16\x17\x18", size_of(dtype));
    TensorReader reader = TensorReader::open({folder.file("x", idx(code, {1, 2}, first + second))});
    const TensorInfo& array = reader.layout().tensors.at(0);
    CHECK(reader.layout().format == "idx");
    CHECK(array.dtype == dtype);
    CHECK(array.shape == Shape{1, 2});
    CHECK(text_of(reader.read(array)) ==
          std::string(first.rbegin(), first.rend()) + std::string(second.rbegin(), second.rend()));
    std::vector<std::byte> last(size_of(dtype));
    reader.read(array, size_of(dtype), last);
    CHECK(text_of(last) == std::string(second.rbegin(), second.rend()));
  }
}

TEST_CASE("idx: refusal of damaged files", "[io]") {
  const std::string good = idx(8, {3, 2}, "abcdef");
  const std::vector<std::pair<std::string, const char*>> cases{
      {good.substr(0, good.size() - 1), "input ends early: 6 bytes are promised after the header, 5 follow"},
      {good + "g", "1 bytes follow the last tensor"},
      {good.substr(0, 9), "input ends early: the IDX header promises 2 axes and is cut short"},
      {good.substr(0, 4), "input ends early"},
      {idx(8, {~0u, ~0u, ~0u}, "x"), "multiply to more than 2^63"},
      {idx(0x0e, {~0u, 1u << 30}, "x"), "overflow"},
      {idx(0x0a, {1}, "x"), "not a tensor file (expected safetensors, .npy, .npz, .pt or IDX)"},
      {idx(8, {}, "x"), "not a tensor file (expected safetensors, .npy, .npz, .pt or IDX)"},
  };
  const TempFolder folder;
  for (const auto& [content, text] : cases) {
    CAPTURE(text);
    const std::string path = folder.file("x", content);
    const Error error = error_of([&] { TensorReader::open({path}); });
    CHECK(error.kind() == ErrorKind::data);
    CHECK_THAT(error.what(), Catch::Matchers::ContainsSubstring(text));
    const test::Pipe pipe(content);
    const auto through_pipe = [&] {
      TensorReader reader = TensorReader::open({pipe.path()});
      reader.read(reader.layout().tensors[0]);
      reader.finish();
    };
    CHECK(error_of(through_pipe).kind() == ErrorKind::data);
  }
}

/// What the program gzip makes of it.
std::string gzip(const std::string& content) {
  const TempFolder folder;
  const std::string path = folder.file("x", content);
  REQUIRE(std::system(("gzip -n " + path).c_str()) == 0);
  return test::content_of(path + ".gz");
}

TEST_CASE("idx: two ways: gzipped, in two members, through a pipe and plain are the same", "[io]") {
  std::string pixels;
  for (unsigned i = 0; i < 300'000; ++i) pixels += char(i * 7919 >> 3);
  const std::string content = idx(8, {3000, 10, 10}, pixels);
  const TempFolder folder;
  const auto read_all = [](const std::string& path) {
    TensorReader reader = TensorReader::open({path});
    const std::string text = text_of(reader.read(reader.layout().tensors.at(0)));
    reader.finish();
    return text;
  };
  CHECK(read_all(folder.file("plain", content)) == pixels);
  CHECK(read_all(folder.file("packed", gzip(content))) == pixels);
  CHECK(read_all(folder.file("members", gzip(content.substr(0, 9)) + gzip("") + gzip(content.substr(9)))) == pixels);
  const test::Pipe pipe(gzip(content));
  CHECK(read_all(pipe.path()) == pixels);
}

TEST_CASE("idx: refusal of gzip data that are cut short, damaged or followed by others", "[io]") {
  const TempFolder folder;
  const std::string packed = gzip(idx(8, {4000}, std::string(4000, 'x')));
  const auto refusal = [&](const std::string& content) {
    const std::string path = folder.file("x.gz", content);
    const Error error = error_of([&] {
      TensorReader reader = TensorReader::open({path});
      reader.read(reader.layout().tensors.at(0));
      reader.finish();
    });
    CHECK(error.kind() == ErrorKind::data);
    CHECK_THAT(error.what(), Catch::Matchers::StartsWith(path + ": "));
    CHECK(std::string(error.what()).find(path, 1) == std::string::npos);
    return std::string(error.what()).substr(path.size() + 2);
  };
  for (const size_t cut : {size_t{5}, packed.size() / 2, packed.size() - 1})
    CHECK(refusal(packed.substr(0, cut)) == "input ends early: its gzip data are cut short");
  std::string damaged = packed;
  damaged[packed.size() - 6] ^= 1;  // the checksum
  CHECK_THAT(refusal(damaged), Catch::Matchers::StartsWith("damaged gzip data"));
  CHECK_THAT(refusal(packed + "tail"), Catch::Matchers::StartsWith("damaged gzip data"));
}

}  // namespace
}  // namespace athanor::io
