#include "io/safetensors.h"

#include "io/tensor_reader.h"
#include "support/files.h"

namespace athanor::io {
namespace {

using test::error_of;
using test::little_endian;
using test::TempFolder;

std::string message(std::string_view header, std::string_view payload = "") {
  return little_endian(header.size()).append(header).append(payload);
}
std::string entry(std::string_view name, std::string_view dtype, std::string_view shape, std::string_view offsets) {
  return fmt::format(R"("{}":{{"dtype":"{}","shape":{},"data_offsets":{}}})", name, dtype, shape, offsets);
}
std::string object(std::string_view entries) { return fmt::format("{{{}}}", entries); }
std::string bytes(size_t n) { return std::string(n, 'x'); }

const std::string kFour = entry("a", "I32", "[1]", "[0,4]");

struct Case {
  const char* what;
  std::string bytes;
  const char* text;       ///< in the error of a file
  bool by_header = true;  ///< seen in the header alone, so on a pipe as well
};

std::string json_attack() {
  std::string entries;
  for (char name = 'a'; name < 'k'; ++name) {
    if (name != 'a') entries += ',';
    entries += entry(std::string(1, name), "F32", "[2,2]", "[0,16]");
  }
  return message(object(entries), bytes(16));
}
std::string many_axes() {
  std::string shape = "[1";
  for (int i = 0; i < 100'000; ++i) shape += ",1";
  return message(object(entry("a", "I8", shape + "]", "[0,1]")), "x");
}
std::string with_extra(std::string_view extra) {
  return message(fmt::format(R"({{"a":{{"dtype":"I32","shape":[1],"data_offsets":[0,4],{}}}}})", extra), bytes(4));
}

const std::vector<Case>& refused() {
  static const std::vector<Case> cases{
      {"ten tensors share one range", json_attack(), "tensor 'b': its bytes overlap another tensor's"},
      {"bytes after the last tensor", message(object(kFour), "abcdextra_bogus_data_for_polyglot_file"),
       "34 bytes follow the last tensor", false},
      {"payload two bytes short", message(object(kFour), "ab"), "input ends early: tensor 'a' ends at byte 4", false},
      {"absurd header length", little_endian(0xffffff000000003c), "more than the format's limit of 100000000"},
      {"length just over the limit", little_endian(100'000'001) + "{}", "header claims 100000001 bytes"},
      {"empty", "", "the input is empty"},
      {"seven bytes", "1234567", "input ends early: 7 bytes are too few"},
      {"length without header", little_endian(0x3c), "input ends early: the header claims 60 bytes, 0 follow"},
      {"length 1000 on a small file", little_endian(1000) + "{\"a\":", "claims 1000 bytes, 5 follow"},
      {"length at the limit on a small file", little_endian(100'000'000) + "{}", "claims 100000000 bytes, 2 follow"},
      {"not UTF-8", message("\xff"), "not a JSON object"},
      {"not UTF-8 inside a name", message(object(entry("\xff", "I32", "[1]", "[0,4]")), bytes(4)), "not valid JSON"},
      {"not JSON", message("{"), "not valid JSON"},
      {"too few bytes for the shape", message(object(entry("a", "I32", "[2,2]", "[0,4]")), bytes(4)),
       "tensor 'a': data_offsets [0,4] hold 4 bytes, but [2,2] of I32 need 16"},
      {"axis above 2^63", message(object(entry("a", "I32", "[2,18446744073709551614]", "[0,16]")), bytes(16)),
       "tensor 'a': the shape [2,18446744073709551614] overflows"},
      {"product overflows", message(object(entry("a", "I32", "[2,9223372036854775807]", "[0,16]")), bytes(16)),
       "tensor 'a': the shape [2,9223372036854775807] overflows"},
      {"bytes overflow", message(object(entry("a", "F64", "[4611686018427387904]", "[0,0]"))), "overflows"},
      {"4-bit floats, misaligned", message(object(entry("a", "F4", "[1,3]", "[0,1]")), "x"),
       "tensor 'a' has the element type F4, which is not supported"},
      {"4-bit floats", message(object(entry("a", "F4", "[1,2]", "[0,2]")), "xx"), "element type F4"},
      {"scales without a sign", message(object(entry("a", "F8_E8M0", "[1]", "[0,1]")), "x"),
       "tensor 'a' has the element type F8_E8M0, which is not supported"},
      {"8-bit scales", message(object(entry("a", "F8_E8M0", "[1]", "[0,1]")), "x"), "element type F8_E8M0"},
      {"complex", message(object(entry("a", "C64", "[1]", "[0,8]")), bytes(8)), "element type C64"},
      {"no such type", message(object(entry("a", "what ever", "[1]", "[0,8]")), bytes(8)),
       "element type 'what ever', which is not supported"},
      {"lower-case type", message(object(entry("a", "f32", "[1]", "[0,4]")), bytes(4)), "element type f32"},
      {"repeated tensor",
       message(object(entry("a", "I8", "[2]", "[0,2]") + "," + entry("a", "I8", "[2]", "[2,4]")), bytes(4)),
       "tensor 'a': the name is there twice"},
      {"repeated tensor, one range", message(object(kFour + "," + kFour), bytes(4)),
       "tensor 'a': the name is there twice"},
      {"repeated field", with_extra(R"("shape":[1])"), "tensor 'a': the field 'shape' is there twice"},
      {"repeated unknown field", with_extra(R"("u":1,"u":2)"), "tensor 'a': the field 'u' is there twice"},
      {"repeated metadata", message(R"({"__metadata__":{},"__metadata__":{}})"), "__metadata__ is there twice"},
      {"repeated metadata key", message(R"({"__metadata__":{"k":"1","k":"2"}})"), "the key 'k' is there twice"},
      {"hole", message(object(entry("a", "I8", "[1]", "[0,1]") + "," + entry("b", "I8", "[1]", "[2,3]")), bytes(3)),
       "tensor 'b': 1 bytes before it belong to no tensor"},
      {"hole at the start", message(object(entry("a", "I8", "[1]", "[1,2]")), bytes(2)),
       "tensor 'a': 1 bytes before it belong to no tensor"},
      {"partial overlap",
       message(object(entry("a", "I8", "[3]", "[0,3]") + "," + entry("b", "I8", "[3]", "[2,5]")), bytes(6)),
       "tensor 'b': its bytes overlap another tensor's"},
      {"offsets backwards", message(object(entry("a", "I32", "[1]", "[4,0]")), bytes(4)),
       "tensor 'a': data_offsets [4,0] run backwards"},
      {"nested metadata", message(R"({"__metadata__":{"k":{"l":"m"}}})"), "__metadata__: 'k' is not a string"},
      {"number in metadata", message(R"({"__metadata__":{"k":1}})"), "__metadata__: 'k' is not a string"},
      {"null in metadata", message(R"({"__metadata__":{"k":null}})"), "__metadata__: 'k' is not a string"},
      {"metadata is a list", message(R"({"__metadata__":[]})"), "__metadata__ is not an object of strings"},
      {"NUL padding", message(std::string("{}\0\0\0\0\0\0", 8)), "not valid JSON"},
      {"text after the object", message("{} {}"), "not valid JSON"},
      {"length zero", little_endian(0), "the header is empty"},
      {"list instead of object", message("[]"), "not a JSON object"},
      {"byte order mark", message("\xef\xbb\xbf{}"), "not a JSON object"},
      {"name with NUL", message(object(entry("a\\u0000b", "I32", "[1]", "[0,4]")), bytes(4)),
       "tensor 'a\\x00b': its name holds a NUL character"},
      {"invalid escape", message(object(entry("a\\x", "I32", "[1]", "[0,4]")), bytes(4)), "not valid JSON"},
      {"raw control character", message(object(entry("a\nb", "I32", "[1]", "[0,4]")), bytes(4)), "not valid JSON"},
      {"lone surrogate", message(object(entry("\\ud800", "I32", "[1]", "[0,4]")), bytes(4)), "not valid JSON"},
      {"depth bomb", with_extra("\"u\":" + std::string(100'000, '[')), "tensor 'a': its entry is nested too deeply"},
      {"depth bomb of objects", message(R"({"a":{"b":{"c":{"d":)"), "not valid JSON"},
      {"depth bomb at the top", message(std::string(100'000, '[')), "not a JSON object"},
      {"depth bomb in a shape", message(object(entry("a", "I8", "[[[[1]]]]", "[0,1]")), "x"),
       "tensor 'a': shape is not a list of whole numbers >= 0"},
      {"huge shape list", many_axes(), "tensor 'a': shape has more than 64 axes"},
      {"trailing comma", message("{" + kFour + ",}", bytes(4)), "not valid JSON"},
      {"comment", message("{/**/" + kFour + "}", bytes(4)), "not valid JSON"},
      {"missing dtype", message(R"({"a":{"shape":[1],"data_offsets":[0,4]}})", bytes(4)), "'a': dtype is missing"},
      {"missing shape", message(R"({"a":{"dtype":"I32","data_offsets":[0,4]}})", bytes(4)), "'a': shape is missing"},
      {"missing offsets", message(R"({"a":{"dtype":"I32","shape":[1]}})", bytes(4)), "data_offsets is missing"},
      {"entry is a number", message(R"({"a":1})"), "tensor 'a': its entry is not an object"},
      {"entry is null", message(R"({"a":null})"), "tensor 'a': its entry is not an object"},
      {"negative axis", message(object(entry("a", "I32", "[-1]", "[0,4]")), bytes(4)), "shape is not a list of whole"},
      {"float axis", message(object(entry("a", "I32", "[1.0]", "[0,4]")), bytes(4)), "shape is not a list of whole"},
      {"axis above 2^64", message(object(entry("a", "I32", "[18446744073709551616]", "[0,4]")), bytes(4)),
       "shape is not a list of whole"},
      {"one offset", message(object(entry("a", "I32", "[1]", "[4]")), bytes(4)), "data_offsets is not a pair"},
      {"three offsets", message(object(entry("a", "I32", "[1]", "[0,4,4]")), bytes(4)), "data_offsets is not a pair"},
      {"dtype is a number", message(R"({"a":{"dtype":1,"shape":[1],"data_offsets":[0,4]}})", bytes(4)),
       "tensor 'a': dtype is not a string"},
      {"shape is a string", message(R"({"a":{"dtype":"I32","shape":"1","data_offsets":[0,4]}})", bytes(4)),
       "shape is not a list of whole"},
  };
  return cases;
}

Layout header_of(const std::string& path) {
  Input input = Input::open({path});
  return read_safetensors_header(input);
}

TEST_CASE("safetensors: refusal of every broken header, in a file", "[io]") {
  const TempFolder folder;
  for (const Case& c : refused()) {
    CAPTURE(c.what);
    const std::string path = folder.file("x", c.bytes);
    const Error error = error_of([&] { header_of(path); });
    CHECK(error.kind() == ErrorKind::data);
    CHECK_THAT(error.what(), Catch::Matchers::ContainsSubstring(c.text));
    CHECK(std::string_view(error.what()).find('\n') == std::string_view::npos);
    CHECK_THROWS_AS(TensorReader::open({path}), Error);
  }
}

TEST_CASE("safetensors: refusal of every broken header, through a pipe", "[io]") {
  for (const Case& c : refused()) {
    CAPTURE(c.what);
    const test::Pipe pipe(c.bytes), again(c.bytes);
    if (c.by_header) CHECK(error_of([&] { header_of(pipe.path()); }).kind() == ErrorKind::data);
    const auto read_through = [&] {
      TensorReader reader = TensorReader::open({again.path()});
      for (const TensorInfo& tensor : reader.layout().tensors) reader.read(tensor);
      reader.finish();
    };
    CHECK(error_of(read_through).kind() == ErrorKind::data);
  }
}

TEST_CASE("safetensors: value: what the format allows is read, from a file and through a pipe", "[io]") {
  const std::vector<std::pair<const char*, std::string>> cases{
      {"zero-sized", message(object(entry("a", "I32", "[2,0]", "[0,0]")))},
      {"zero times huge", message(object(entry("a", "I32", "[9223372036854775807,0,9223372036854775807]", "[0,0]")))},
      {"scalar", message(object(entry("a", "I32", "[]", "[0,4]")), bytes(4))},
      {"padding behind", message("{}\r \t\n")},
      {"padding in front", message("\t\n{}\r ")},
      {"empty", message("{}      ")},
      {"metadata only", message(R"({"__metadata__":{"format":"pt"}})")},
      {"metadata null", message(R"({"__metadata__":null})")},
      {"unknown fields", with_extra(R"("u":{"dtype":[1,{"x":null}]},"v":-1,"w":1.5,"y":true)")},
      {"escaped name", message(object(entry("\\ud83d\\ude00\\n", "I32", "[1]", "[0,4]")), bytes(4))},
      {"odd header length", message(object(kFour) + " ", bytes(4))},
      {"zero-sized between", message(object(entry("z", "I8", "[0]", "[2,2]") + "," + entry("b", "I8", "[2]", "[2,4]") +
                                            "," + entry("a", "I8", "[2]", "[0,2]")),
                                     bytes(4))},
  };
  const TempFolder folder;
  for (const auto& [what, content] : cases) {
    CAPTURE(what);
    TensorReader from_file = TensorReader::open({folder.file("x", content)});
    from_file.finish();
    const test::Pipe pipe(content);
    TensorReader from_pipe = TensorReader::open({pipe.path()});
    from_pipe.finish();
    CHECK(from_pipe.layout().header_sha256 == from_file.layout().header_sha256);
    CHECK(from_pipe.layout().tensors.size() == from_file.layout().tensors.size());
  }
}

TEST_CASE("safetensors: value: entries come out in the order of their bytes", "[io]") {
  const std::string content =
      message(object(entry("late", "I16", "[2]", "[3,7]") + "," + entry("early", "U8", "[3]", "[0,3]")), "abcdefg");
  const TempFolder folder;
  TensorReader reader = TensorReader::open({folder.file("x", content)});
  const Layout& layout = reader.layout();
  REQUIRE(layout.tensors.size() == 2);
  CHECK(layout.tensors[0].name == "early");
  CHECK(layout.tensors[1].name == "late");
  CHECK(layout.tensors[1].dtype == DType::i16);
  CHECK(layout.tensors[1].shape == Shape{2});
  CHECK(layout.tensors[1].offset == 3);
  CHECK(layout.header_bytes == content.size() - 7);
  CHECK(layout.find("late") == 1);
  CHECK(layout.find("none") == -1);
  CHECK(layout.payload_bytes() == 7);
  CHECK(reader.read(layout.tensors[1])[0] == std::byte{'d'});
}

TEST_CASE("safetensors: limit: a hundred thousand tensors on one range are refused at the second", "[io]") {
  std::string entries = entry("t", "F32", "[2,2]", "[0,16]");
  for (int i = 0; i < 100'000; ++i) entries += "," + entry(std::to_string(i), "F32", "[2,2]", "[0,16]");
  entries += ",!";  // not JSON: whoever read on to here would say so
  const std::string content = message(object(entries), bytes(16));
  Input input = Input::memory(std::as_bytes(std::span(content)), "x");
  CHECK(error_of([&] { read_safetensors_header(input); }).what() ==
        std::string("tensor '0': its bytes overlap another tensor's"));
}

TEST_CASE("safetensors: value: the header is written byte for byte as promised", "[io]") {
  Layout layout;
  layout.tensors = {{.name = "b", .dtype = DType::f32, .shape = {2, 1}},
                    {.name = "flag", .dtype = DType::boolean, .shape = {}},
                    {.name = "a", .dtype = DType::f32, .shape = {1}},
                    {.name = "l\"", .dtype = DType::i64, .shape = {0}},
                    {.name = "h", .dtype = DType::bf16, .shape = {1}}};
  layout.metadata = {{"z", "1"}, {"athanor.history", "{}\n{}"}};
  const std::string expected = R"({"__metadata__":{"athanor.history":"{}\n{}","format":"pt","z":"1"},)"
                               R"("l\"":{"dtype":"I64","shape":[0],"data_offsets":[0,0]},)"
                               R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                               R"("b":{"dtype":"F32","shape":[2,1],"data_offsets":[4,12]},)"
                               R"("h":{"dtype":"BF16","shape":[1],"data_offsets":[12,14]},)"
                               R"("flag":{"dtype":"BOOL","shape":[],"data_offsets":[14,15]}})";
  const std::string padded = expected + std::string((8 - expected.size() % 8) % 8, ' ');
  CHECK(make_safetensors_header(layout) == little_endian(padded.size()) + padded);
  CHECK(layout.header_bytes == 8 + padded.size());
  CHECK(layout.metadata.at("format") == "pt");
  CHECK(layout.tensors[2].offset == 4);
}

TEST_CASE("safetensors: identity: a header that was written reads back", "[io]") {
  Layout layout;
  for (const DType dtype : {DType::u64, DType::i64, DType::f64, DType::f32, DType::u32, DType::i32, DType::bf16,
                            DType::f16, DType::u16, DType::i16, DType::i8, DType::u8, DType::boolean})
    layout.tensors.push_back({.name = std::string("t.") + std::string(name_of(dtype)), .dtype = dtype, .shape = {3}});
  layout.metadata = {{"k", "é\n\"\\"}};
  std::string content = make_safetensors_header(layout);
  content += bytes(layout.payload_bytes());
  Input input = Input::memory(std::as_bytes(std::span(content)), "x");
  const Layout back = read_safetensors_header(input);
  CHECK(back.metadata == layout.metadata);
  CHECK(back.header_sha256 == layout.header_sha256);
  REQUIRE(back.tensors.size() == layout.tensors.size());
  for (size_t i = 0; i < back.tensors.size(); ++i) {
    CHECK(back.tensors[i].name == layout.tensors[i].name);
    CHECK(back.tensors[i].dtype == layout.tensors[i].dtype);
    CHECK(back.tensors[i].offset == layout.tensors[i].offset);
  }
}

TEST_CASE("safetensors: refusal to write what could not be read", "[io]") {
  const auto refusal = [](std::vector<TensorInfo> tensors, Metadata metadata = {}) {
    Layout layout;
    layout.tensors = std::move(tensors);
    layout.metadata = std::move(metadata);
    return std::string(error_of([&] { make_safetensors_header(layout); }).what());
  };
  CHECK(refusal({{.name = "a"}, {.name = "a"}}) == "tensor 'a': the name is there twice");
  CHECK(refusal({{.name = "__metadata__"}}) == "a tensor cannot be called '__metadata__'");
  CHECK(refusal({{.name = std::string("\0", 1)}}) == "a tensor cannot be called '\\x00'");
  CHECK(refusal({{.name = "\xff"}}).starts_with("a tensor's name is not UTF-8"));
  CHECK(refusal({{.name = "a", .shape = {-1}}}) == "a tensor axis has the negative size -1");
  CHECK(
      refusal({{.name = "a", .shape = {int64_t{1} << 61}}, {.name = "b", .shape = {int64_t{1} << 61}}}).find("2^64") !=
      std::string::npos);
  CHECK_THAT(refusal({}, {{"k", bytes(100'000'000)}}),
             Catch::Matchers::ContainsSubstring("the format's limit of 100000000"));
}

TEST_CASE("safetensors: value: what looks like it from the first bytes", "[io]") {
  const auto looks = [](const std::string& head) { return looks_like_safetensors(std::as_bytes(std::span(head))); };
  CHECK(looks(little_endian(100) + "{\"a\":"));
  CHECK(looks(little_endian(100) + " {"));
  CHECK(looks(little_endian(1ull << 60) + "{\""));
  CHECK(looks(little_endian(60)));
  CHECK_FALSE(looks(little_endian(0) + "{}"));
  CHECK_FALSE(looks(little_endian(1ull << 60)));
  CHECK_FALSE(looks(little_endian(100) + "xx"));
  CHECK_FALSE(looks("{}"));
}

}  // namespace
}  // namespace athanor::io
