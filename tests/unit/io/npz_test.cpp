#include "io/npz.h"

#include "io/npy.h"
#include "io/tensor_writer.h"
#include "support/numbers.h"
#include "support/zip_file.h"

namespace athanor::io {
namespace {

using test::error_of;
using test::numbers;
using test::TempFolder;

const std::string kData = std::string(ATHANOR_TEST_DATA) + "/tensors/";

std::vector<float> counting(int n, int modulus = 1000) {
  std::vector<float> values;
  for (int i = 0; i < n; ++i) values.push_back(float(i % modulus));
  return values;
}

/// The arrays that tests/data/tensors/*.npz hold, read in any order.
void check_arrays(const std::string& path, std::vector<const char*> order) {
  TensorReader reader = TensorReader::open({path});
  CHECK(reader.layout().format == "npz");
  CHECK(reader.layout().tensors.size() == 7);
  for (const std::string_view name : order) {
    CAPTURE(name);
    const TensorInfo& tensor = reader.layout().tensors.at(size_t(reader.layout().find(name)));
    if (name == "scalar") {
      CHECK(tensor.shape.empty());
      CHECK(numbers(reader, name) == counting(1));
    } else if (name == "empty") {
      CHECK(tensor.shape == Shape{0, 3});
    } else {
      CHECK(tensor.shape == Shape{2, 3, 4});
      CHECK(numbers(reader, name) == counting(24, name == "flags" ? 2 : 1000));
      std::vector<std::byte> part(size_of(tensor.dtype) * 5);
      reader.read(tensor, size_of(tensor.dtype) * 7, part);
      CHECK(std::ranges::equal(part, reader.map(tensor).subspan(size_of(tensor.dtype) * 7, part.size())));
    }
  }
}

TEST_CASE("npz: two ways: NumPy's archives, stored and deflated, in a file and a pipe, forwards and backwards",
          "[io]") {
  const std::vector<const char*> forwards{"plain", "big", "turned", "big_turned", "scalar", "empty", "flags"};
  const std::vector<const char*> backwards(forwards.rbegin(), forwards.rend());
  for (const char* name : {"stored.npz", "deflated.npz"})
    for (const auto& order : {forwards, backwards}) {
      CAPTURE(name);
      check_arrays(kData + name, order);
      const test::Pipe pipe(test::content_of(kData + name));
      check_arrays(pipe.path(), order);
    }
}

TEST_CASE("npz: value: a deflated entry is read backwards in small parts", "[io]") {
  std::string payload;
  for (int i = 0; i < 50'000; ++i) payload += char(i * 7 % 251);
  const TempFolder folder;
  const std::string path = folder.file(
      "x.npz",
      test::zip_of({{.name = "x.npy", .data = make_npy_header(DType::u8, {50'000}) + payload, .deflate = true}}));
  TensorReader reader = TensorReader::open({path});
  const TensorInfo& tensor = reader.layout().tensors[0];
  for (int64_t at = 49'000; at >= 0; at -= 7'000) {
    std::string part(1000, ' ');
    reader.read(tensor, uint64_t(at), std::as_writable_bytes(std::span(part)));
    CHECK(part == payload.substr(size_t(at), 1000));
  }
}

TEST_CASE("npz: limit: ten thousand compressed arrays cost no buffer each", "[io]") {
  std::vector<test::ZipPart> parts;
  for (int i = 0; i < 10'000; ++i)
    parts.push_back({.name = fmt::format("{}.npy", i), .data = make_npy_header(DType::u8, {1}) + "x", .deflate = true});
  const TempFolder folder;
  TensorReader reader = TensorReader::open({folder.file("x.npz", test::zip_of(parts))});
  CHECK(reader.layout().tensors.size() == 10'000);
  for (const TensorInfo& tensor : reader.layout().tensors) CHECK(reader.read(tensor)[0] == std::byte{'x'});
}

TEST_CASE("npz: refusal of entries that are no arrays, by name", "[io]") {
  const std::string array = make_npy_header(DType::f32, {2}) + std::string(8, 'x');
  const auto refusal = [](std::vector<test::ZipPart> parts) {
    const TempFolder folder;
    const std::string path = folder.file("x.npz", test::zip_of(parts));
    const Error error = error_of([&] {
      TensorReader reader = TensorReader::open({path});
      for (const TensorInfo& tensor : reader.layout().tensors) reader.read(tensor);
    });
    CHECK(error.kind() == ErrorKind::data);
    return std::string(error.what()).substr(path.size() + 2);
  };
  using Catch::Matchers::ContainsSubstring;
  for (const bool deflate : {false, true}) {
    CAPTURE(deflate);
    CHECK_THAT(refusal({{.name = "a.txt", .data = "x", .deflate = deflate}}),
               ContainsSubstring("zip entry 'a.txt': is no .npy"));
    CHECK_THAT(refusal({{.name = "a/", .data = ""}}), ContainsSubstring("zip entry 'a/': is no .npy"));
    CHECK_THAT(refusal({{.name = "a.npy", .data = "x", .deflate = deflate}}), ContainsSubstring("zip entry 'a.npy': "));
    CHECK_THAT(refusal({{.name = "a.npy", .data = array + "x", .deflate = deflate}}),
               ContainsSubstring("zip entry 'a.npy': "));
    CHECK_THAT(refusal({{.name = "a.npy", .data = array.substr(0, array.size() - 1), .deflate = deflate}}),
               ContainsSubstring("zip entry 'a.npy': "));
    CHECK_THAT(refusal({{.name = "a.npy", .data = array, .deflate = deflate, .crc = 0}}),
               ContainsSubstring("checksum differs"));
  }
}

TEST_CASE("npz: value: an array without a name", "[io]") {
  const TempFolder folder;
  const std::string array = make_npy_header(DType::u8, {1}) + "x";
  TensorReader reader = TensorReader::open({folder.file("x.npz", test::zip_of({{.name = ".npy", .data = array}}))});
  CHECK(reader.layout().tensors.at(0).name.empty());
  CHECK(reader.read(reader.layout().tensors[0])[0] == std::byte{'x'});
}

}  // namespace
}  // namespace athanor::io
