#include "io/shards.h"

#include "io/tensor_reader.h"
#include "io/tensor_writer.h"
#include "support/files.h"

namespace athanor::io {
namespace {

using test::error_of;
using test::little_endian;
using test::TempFolder;
using Names = std::vector<std::string>;

/// A safetensors file with one-byte tensors of these names.
std::string shard(const Names& tensors) {
  std::string header = "{", payload;
  for (size_t i = 0; i < tensors.size(); ++i) {
    header += fmt::format(R"({}"{}":{{"dtype":"U8","shape":[1],"data_offsets":[{},{}]}})", i == 0 ? "" : ",",
                          tensors[i], i, i + 1);
    payload += tensors[i].front();
  }
  header += "}";
  return little_endian(header.size()) + header + payload;
}
std::string index_of(std::string_view map) {
  return fmt::format(R"({{"metadata":{{"total_size":2,"by":"hand"}},"weight_map":{{{}}}}})", map);
}
const std::string kMap = R"("a":"one.safetensors","b":"two.safetensors")";

/// A folder with two shards and an index of them.
std::string checkpoint(const TempFolder& folder, std::string_view index) {
  folder.file("one.safetensors", shard({"a"}));
  folder.file("two.safetensors", shard({"b"}));
  return folder.file("m.safetensors.index.json", index);
}
char content(TensorReader& reader, std::string_view name) {
  const TensorInfo& tensor = reader.layout().tensors.at(size_t(reader.layout().find(name)));
  return char(std::to_integer<int>(reader.read(tensor).at(0)));
}

TEST_CASE("shards: value: an index and its folder read as one file", "[io]") {
  const TempFolder folder;
  const std::string path = checkpoint(folder, index_of(kMap));
  for (const std::string& source : {path, folder / ""}) {
    TensorReader reader = TensorReader::open({source});
    CHECK(reader.layout().tensors.size() == 2);
    CHECK(content(reader, "b") == 'b');
    CHECK(content(reader, "a") == 'a');
    CHECK(reader.layout().files == Names{"one.safetensors", "two.safetensors"});
    CHECK(reader.layout().format == "safetensors");
    CHECK(reader.random_access());
    CHECK(reader.map(reader.layout().tensors[1]).size() == 1);
  }
}

TEST_CASE("shards: value: files may be links, gzipped, or of another format", "[io]") {
  const TempFolder folder, hub;
  const std::string path = checkpoint(folder, index_of(kMap));
  std::filesystem::rename(folder / "one.safetensors", hub / "blob");
  std::filesystem::create_symlink(hub / "blob", folder / "one.safetensors");
  TensorReader reader = TensorReader::open({path});
  CHECK(content(reader, "a") == 'a');
  std::filesystem::create_symlink(path, hub / "index");
  CHECK(error_of([&] { TensorReader::open({hub / "index"}); }).kind() == ErrorKind::io);  // beside the link
}

TEST_CASE("shards: refusal of an index that disagrees with its files", "[io]") {
  const TempFolder folder;
  const auto refusal = [&](std::string_view index) {
    const std::string path = checkpoint(folder, index);
    const Error error = error_of([&] { TensorReader::open({path}); });
    CHECK(error.kind() == ErrorKind::data);
    const std::string text = error.what();
    REQUIRE(text.starts_with(path + ": "));
    return text.substr(path.size() + 2);
  };
  const auto map = [&](std::string_view entries) { return refusal(index_of(entries)); };
  CHECK(map(R"("a":"one.safetensors","b":"two.safetensors","c":"two.safetensors")") ==
        "'two.safetensors' lacks 'c', which the index places there");
  CHECK(map(R"("a":"one.safetensors","c":"two.safetensors")") ==
        "'two.safetensors' holds 'b', which the index does not place there");
  CHECK(map(R"("a":"one.safetensors","b":"one.safetensors")") ==
        "'one.safetensors' lacks 'b', which the index places there");
  CHECK(map(R"("a":"two.safetensors","b":"one.safetensors")") ==
        "'one.safetensors' holds 'a', which the index does not place there");
  CHECK(map("") == "the index names no tensors");
  CHECK(map(R"("a":1)") == "the index names no file for 'a'");
  CHECK(map(R"("a":["one.safetensors"])") == "the index names no file for 'a'");
  for (const char* name : {"../one.safetensors", "/etc/passwd", "sub/one.safetensors", "..", ".", "", "a\\u0000b"})
    CHECK_THAT(map(fmt::format(R"("a":"{}")", name)), Catch::Matchers::EndsWith("expected a file beside it"));
  CHECK(map(R"("a":"one.safetensors","a":"two.safetensors")") == "the index has the key 'a' twice");
  CHECK(refusal(R"({"weight_map":{"a":"one.safetensors"},"weight_map":{"a":"one.safetensors"}})") ==
        "the index has the key 'weight_map' twice");
  CHECK(refusal(R"({"metadata":{}})") == "the index lacks its weight_map");
  CHECK(refusal(R"({"weight_map":[]})") == "the index lacks its weight_map");
  CHECK(refusal(R"({"weight_map":{)") == "the index is not a JSON object");
  CHECK(refusal(index_of(kMap) + "x") == "the index is not a JSON object");
  CHECK(refusal("{\"weight_map\":" + std::string(100'000, '[')) == "the index is nested too deeply");
  folder.file("three.safetensors", shard({"c", "d"}));
  CHECK(map(kMap + R"(,"c":"three.safetensors")") ==
        "'three.safetensors' holds 'd', which the index does not place there");
  folder.file("four.safetensors", shard({"a"}));
  CHECK(map(kMap + R"(,"c":"four.safetensors")") ==
        "'four.safetensors' holds 'a', which the index does not place there");
  folder.file("cut.safetensors", shard({"c"}).substr(0, 20));
  CHECK_THAT(map(kMap + R"(,"c":"cut.safetensors")"),
             Catch::Matchers::StartsWith("'cut.safetensors': input ends early"));
}

TEST_CASE("shards: refusal of an index in place of a shard, itself before all", "[io]") {
  const TempFolder folder;
  const std::string path = folder.file("m.index.json", index_of(R"("a":"m.index.json")"));
  CHECK(error_of([&] { TensorReader::open({path}); }).what() == path + ": 'm.index.json' is an index itself");
  const std::string outer = folder.file("o.index.json", index_of(R"("a":"m.index.json")"));
  CHECK(error_of([&] { TensorReader::open({outer}); }).what() == outer + ": 'm.index.json' is an index itself");
}

TEST_CASE("shards: refusal of a missing file and of an index on a pipe", "[io]") {
  const TempFolder folder;
  const std::string path = folder.file("m.index.json", index_of(R"("a":"none.safetensors")"));
  const Error missing = error_of([&] { TensorReader::open({path}); });
  CHECK(missing.kind() == ErrorKind::io);
  CHECK_THAT(missing.what(), Catch::Matchers::ContainsSubstring("none.safetensors: no such file or directory"));
  const std::string index = index_of(kMap);
  const Error piped = error_of([&] { TensorReader(Input::memory(std::as_bytes(std::span(index)), "standard input")); });
  CHECK(piped.what() == std::string("standard input: an index names files beside it: give its file, not a pipe"));
  const test::Pipe pipe(index);
  CHECK(error_of([&] { TensorReader::open({pipe.path()}); }).kind() == ErrorKind::io);
}

TEST_CASE("shards: limit: a hundred thousand tensors in one file and in its index", "[io]") {
  const TempFolder folder;
  std::vector<TensorInfo> tensors;
  for (int i = 0; i < 100'000; ++i) tensors.push_back({.name = fmt::format("t{}", i), .dtype = DType::u8, .shape = {}});
  const std::string payload(tensors.size(), 'x');
  TensorWriter writer({folder / "m"}, Existing::refuse, "safetensors", tensors, {}, {.limit = {tensors.size()}});
  for (const TensorInfo& tensor : writer.layout().tensors) writer.write(tensor.name, std::as_bytes(std::span("x", 1)));
  writer.finish();
  CHECK(TensorReader::open({folder / "m"}).layout().tensors.size() == tensors.size());
}

TEST_CASE("shards: value: which checkpoint a folder holds", "[io]") {
  const auto chosen = [](const Names& names) {
    const TempFolder folder;
    for (const std::string& name : names) folder.file(name, "");
    return std::filesystem::path(checkpoint_of(folder / "").path).filename().string();
  };
  CHECK(chosen({"model.safetensors", "config.json", "pytorch_model.bin"}) == "model.safetensors");
  CHECK(chosen({"a-00001-of-00002.safetensors", "a-00002-of-00002.safetensors", "a.safetensors.index.json"}) ==
        "a.safetensors.index.json");
  CHECK(chosen({"m.bin", "x.pt", "x.pth"}) == "m.bin");
  CHECK(chosen({"x.pth", "notes.txt"}) == "x.pth");
  CHECK(chosen({".hidden.safetensors", "x.pt"}) == "x.pt");
  const TempFolder folder;
  CHECK_THAT(error_of([&] { checkpoint_of(folder / ""); }).what(),
             Catch::Matchers::ContainsSubstring("holds no checkpoint"));
  folder.file("a.safetensors", "");
  folder.file("b.safetensors", "");
  CHECK_THAT(
      error_of([&] { TensorReader::open({folder / ""}); }).what(),
      Catch::Matchers::ContainsSubstring("holds 2 checkpoints (a.safetensors, b.safetensors …): name one of them"));
}

TEST_CASE("shards: limit: tensors are dealt out up to the last byte", "[io]") {
  const auto dealt = [](const std::vector<int64_t>& sizes, uint64_t limit) {
    std::vector<TensorInfo> tensors;
    for (const int64_t size : sizes) tensors.push_back({.dtype = DType::u8, .shape = {size}});
    std::vector<std::vector<int64_t>> shards;
    for (const std::vector<TensorInfo>& part : deal_shards(tensors, limit)) {
      shards.emplace_back();
      for (const TensorInfo& tensor : part) shards.back().push_back(tensor.shape[0]);
    }
    return shards;
  };
  using Sizes = std::vector<std::vector<int64_t>>;
  CHECK(dealt({}, 10) == Sizes{{}});
  CHECK(dealt({4, 6}, 10) == Sizes{{4, 6}});
  CHECK(dealt({4, 7}, 10) == Sizes{{4}, {7}});
  CHECK(dealt({11, 1}, 10) == Sizes{{11}, {1}});
  CHECK(dealt({1, 11, 1}, 10) == Sizes{{1}, {11}, {1}});
  CHECK(dealt({11, 0, 0}, 10) == Sizes{{11, 0, 0}});
  CHECK(dealt({10, 10}, 10) == Sizes{{10}, {10}});
  CHECK(dealt({1, 1, 1}, 1) == Sizes{{1}, {1}, {1}});
  CHECK(dealt({1, 2, 3}, UINT64_MAX) == Sizes{{1, 2, 3}});
  CHECK(dealt({INT64_MAX, INT64_MAX, 1}, 10) == Sizes{{INT64_MAX}, {INT64_MAX}, {1}});
}

TEST_CASE("shards: two ways: what is written reads back, whatever the limit", "[io]") {
  std::vector<TensorInfo> tensors;
  for (int i = 0; i < 7; ++i)
    tensors.push_back({.name = fmt::format("t{}", i), .dtype = i % 2 ? DType::u8 : DType::i32, .shape = {i}});
  for (const uint64_t limit : {1, 5, 12, 1000}) {
    CAPTURE(limit);
    const TempFolder folder;
    TensorWriter writer({folder / "m"}, Existing::refuse, "safetensors", tensors, {{"k", "v"}},
                        {.limit = {limit}, .stem = "net"});
    for (const TensorInfo& tensor : writer.layout().tensors) {
      const std::string bytes(tensor.bytes(), tensor.name[1]);
      writer.write(tensor.name, std::as_bytes(std::span(bytes)));
    }
    CHECK(folder.names().size() == 1);  // nothing but the temporary
    writer.finish();
    CHECK(folder.names() == Names{"m"});
    TensorReader reader = TensorReader::open({folder / "m"});
    CHECK(reader.layout().metadata.at("k") == "v");
    CHECK_THAT(test::content_of(folder / "m/net.safetensors.index.json"),
               Catch::Matchers::ContainsSubstring("\"total_size\": 57"));
    CHECK(reader.layout().tensors.size() == 7);
    for (const TensorInfo& tensor : reader.layout().tensors)
      for (const std::byte b : reader.read(tensor)) CHECK(b == std::byte(tensor.name[1]));
  }
  const TempFolder folder;
  const auto to = [&](const Sink& sink, std::string_view format) {
    return error_of([&] { TensorWriter(sink, Existing::refuse, format, tensors, {}, {.limit = {1}}); }).kind();
  };
  CHECK(to({folder / "m"}, "npz") == ErrorKind::usage);
  CHECK(to({"-"}, "safetensors") == ErrorKind::usage);
  for (const char* stem : {"", "a/b", "../m"})
    CHECK(error_of([&] {
            TensorWriter({folder / "m"}, Existing::refuse, "safetensors", tensors, {}, {.limit = {1}, .stem = stem});
          }).kind() == ErrorKind::usage);
  CHECK(folder.names().empty());
}

}  // namespace
}  // namespace athanor::io
