#include "io/tensor_reader.h"

#include "io/tensor_writer.h"
#include "support/files.h"

namespace athanor::io {
namespace {

using test::content_of;
using test::error_of;
using test::little_endian;
using test::TempFolder;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }
std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
const std::vector<TensorInfo> kTensors{{.name = "images", .dtype = DType::u8, .shape = {4, 3}},
                                       {.name = "empty", .dtype = DType::f32, .shape = {0, 2}},
                                       {.name = "scale", .dtype = DType::f32, .shape = {}},
                                       {.name = "labels", .dtype = DType::i64, .shape = {1}}};

/// The file that the tests below read: labels, empty, scale, images.
std::string sample_file(const TempFolder& folder) {
  TensorWriter writer({folder / "x.safetensors"}, Existing::replace, "safetensors", kTensors, {{"k", "v"}});
  writer.write("labels", bytes_of("LLLLLLLL"));
  writer.write("scale", bytes_of("SSSS"));
  writer.write("images", bytes_of("abcdef"));
  writer.write("images", bytes_of("ghijkl"));
  writer.finish();
  return folder / "x.safetensors";
}

TEST_CASE("tensors: value: a safetensors file is written byte for byte as promised", "[io]") {
  const TempFolder folder;
  const std::string header = R"({"__metadata__":{"format":"pt","k":"v"},)"
                             R"("labels":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},)"
                             R"("empty":{"dtype":"F32","shape":[0,2],"data_offsets":[8,8]},)"
                             R"("scale":{"dtype":"F32","shape":[],"data_offsets":[8,12]},)"
                             R"("images":{"dtype":"U8","shape":[4,3],"data_offsets":[12,24]}})";
  const std::string padded = header + std::string((8 - header.size() % 8) % 8, ' ');
  CHECK(content_of(sample_file(folder)) == little_endian(padded.size()) + padded + "LLLLLLLLSSSSabcdefghijkl");
}

TEST_CASE("tensors: two ways: a file in any order, a pipe forward", "[io]") {
  const TempFolder folder;
  const std::string path = sample_file(folder);
  TensorReader file = TensorReader::open({path});
  CHECK(file.random_access());
  const auto info = [&](std::string_view name) { return file.layout().tensors.at(size_t(file.layout().find(name))); };
  CHECK(text_of(file.read(info("images"))) == "abcdefghijkl");
  CHECK(text_of(file.read(info("labels"))) == "LLLLLLLL");
  CHECK(file.read(info("empty")).empty());
  std::vector<std::byte> row(3);
  file.read(info("images"), 6, row);
  CHECK(text_of(row) == "ghi");
  file.finish();

  const test::Pipe source(content_of(path));
  TensorReader pipe = TensorReader::open({source.path()});
  CHECK_FALSE(pipe.random_access());
  pipe.read(info("images"), 3, row);
  CHECK(text_of(row) == "def");
  CHECK_THAT(error_of([&] { pipe.read(info("scale")); }).what(),
             Catch::Matchers::ContainsSubstring("tensor 'scale' has passed: a stream is read forward only"));
  pipe.read(info("images"), 9, row);
  CHECK(text_of(row) == "jkl");
  pipe.finish();
}

TEST_CASE("tensors: refusal of reads outside of a tensor", "[io]") {
  const TempFolder folder;
  TensorReader reader = TensorReader::open({sample_file(folder)});
  const TensorInfo images = reader.layout().tensors.at(3);
  std::vector<std::byte> out(3);
  CHECK(error_of([&] { reader.read(images, 10, out); }).kind() == ErrorKind::data);
  CHECK(error_of([&] { reader.read(images, UINT64_MAX, out); }).kind() == ErrorKind::data);
}

/// What reading all of a pipe of these bytes says.
std::string short_message(const std::string& content, bool only_finish = false) {
  const test::Pipe source(content);
  const Error error = error_of([&] {
    TensorReader reader = TensorReader::open({source.path()});
    for (const TensorInfo& tensor : reader.layout().tensors)
      if (!only_finish) reader.read(tensor);
    reader.finish();
  });
  CHECK(error.kind() == ErrorKind::data);
  REQUIRE(std::string(error.what()).starts_with(source.path() + ": "));
  return std::string(error.what()).substr(source.path().size() + 2);
}

TEST_CASE("tensors: refusal of a stream that ends early counts the rows that arrived whole", "[io]") {
  const TempFolder folder;
  const std::string content = content_of(sample_file(folder));
  for (const bool only_finish : {false, true}) {
    const auto cut = [&](size_t n) { return short_message(content.substr(0, content.size() - n), only_finish); };
    CHECK(cut(1) == "input ends early: expected 4 rows of 'images', got 3");
    CHECK(cut(3) == "input ends early: expected 4 rows of 'images', got 3");
    CHECK(cut(4) == "input ends early: expected 4 rows of 'images', got 2");
    CHECK(cut(12) == "input ends early: expected 4 rows of 'images', got 0");
    CHECK(cut(14) == "input ends early: expected 4 bytes of 'scale', got 2");
    CHECK(cut(17) == "input ends early: expected 1 rows of 'labels', got 0");
    CHECK(short_message(content + "x", only_finish) == "bytes follow the last tensor");
  }
}

TEST_CASE("tensors: limit: a stream that promises 2^60 bytes costs no memory for them", "[io]") {
  const std::string header =
      R"({"a":{"dtype":"I8","shape":[1152921504606846976],"data_offsets":[0,1152921504606846976]}})";
  CHECK(short_message(little_endian(header.size()) + header + "xyz") ==
        "input ends early: expected 1152921504606846976 rows of 'a', got 3");
}

TEST_CASE("tensors: refusal of what is no tensor file, with its name once", "[io]") {
  const TempFolder folder;
  const auto refusal = [&](std::string_view content) {
    const std::string path = folder.file("x", content);
    const std::string text = error_of([&] { TensorReader::open({path}); }).what();
    REQUIRE(text.starts_with(path + ": "));
    CHECK(text.find(path, 1) == std::string::npos);
    return text.substr(path.size() + 2);
  };
  CHECK(refusal("\x89PNG\r\n\x1a\n and so on") == "not a tensor file (expected safetensors, .npy, .npz, .pt or IDX)");
  CHECK(refusal("x") == "not a tensor file (expected safetensors, .npy, .npz, .pt or IDX)");
  CHECK(refusal("") == "the input is empty (expected safetensors, .npy, .npz, .pt or IDX)");
  CHECK(error_of([&] { TensorReader::open({folder / "none"}); }).what() ==
        (folder / "none") + ": no such file or directory");
}

TEST_CASE("tensors: refusal to write out of order, too much or too little", "[io]") {
  const TempFolder folder;
  const auto refusal = [&](auto body) {
    const Error error = error_of([&] {
      TensorWriter writer({folder / "x"}, Existing::refuse, "safetensors", kTensors);
      body(writer);
    });
    CHECK(error.kind() == ErrorKind::data);
    CHECK(folder.names().empty());
    return std::string(error.what()).substr((folder / "x: ").size());
  };
  CHECK(refusal([](TensorWriter& w) { w.write("images", bytes_of("abc")); }) ==
        "the bytes of 'images' come out of order");
  CHECK(refusal([](TensorWriter& w) { w.write("nothing", {}); }) == "the bytes of 'nothing' come out of order");
  CHECK(refusal([](TensorWriter& w) { w.write("labels", bytes_of("LLLLLLLLL")); }) == "too many bytes for 'labels'");
  CHECK(refusal([](TensorWriter& w) { w.finish(); }) == "'labels' has 0 of its 8 bytes");
  CHECK(refusal([](TensorWriter& w) {
          w.write("labels", bytes_of("LLLLLLLL"));
          w.write("scale", bytes_of("SSS"));
          w.finish();
        }) == "'scale' has 3 of its 4 bytes");
}

TEST_CASE("tensors: two ways: npy written and read back", "[io]") {
  const TempFolder folder;
  const Sink sink{folder / "x.npy"};
  CHECK(tensor_format_of(sink) == "npy");
  CHECK(tensor_format_of({"x.npz"}) == "npz");
  CHECK(tensor_format_of({"-"}) == "safetensors");
  TensorWriter writer(sink, Existing::refuse, "npy", {{.name = "images", .dtype = DType::i16, .shape = {2, 1}}});
  writer.write("images", bytes_of("abcd"));
  writer.finish();
  TensorReader reader = TensorReader::open({sink.path});
  CHECK(reader.layout().format == "npy");
  CHECK(reader.layout().tensors.at(0).shape == Shape{2, 1});
  CHECK(reader.layout().header_sha256 == writer.layout().header_sha256);
  CHECK(text_of(reader.read(reader.layout().tensors[0])) == "abcd");
}

TEST_CASE("tensors: refusal of formats that cannot hold the tensors", "[io]") {
  const TempFolder folder;
  const auto refusal = [&](std::string_view format, std::vector<TensorInfo> tensors) {
    const Error error = error_of([&] { TensorWriter({folder / "x"}, Existing::refuse, format, tensors); });
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(folder.names().empty());
    return std::string(error.what());
  };
  CHECK(refusal("npy", kTensors) == (folder / "x") + ": .npy holds one tensor, not 4: write safetensors instead");
  refusal("npy", {});
  refusal("npy", {{.name = "x", .dtype = DType::bf16, .shape = {1}}});
  refusal("png", kTensors);
}

}  // namespace
}  // namespace athanor::io
