#include "core/dtype.h"

#include "core/fields.h"
#include "support/files.h"

namespace athanor {
namespace {

struct Names {
  const char *name, *word;
  size_t size;
};
const Names expected[] = {{"U64", "uint64", 8},
                          {"I64", "int64", 8},
                          {"F64", "float64", 8},
                          {"F32", "float32", 4},
                          {"U32", "uint32", 4},
                          {"I32", "int32", 4},
                          {"BF16", "bfloat16", 2},
                          {"F16", "float16", 2},
                          {"U16", "uint16", 2},
                          {"I16", "int16", 2},
                          {"F8_E4M3", "float8_e4m3fn", 1},
                          {"F8_E5M2", "float8_e5m2", 1},
                          {"I8", "int8", 1},
                          {"U8", "uint8", 1},
                          {"BOOL", "bool", 1}};

DType read(std::string_view text) {
  DType dtype{};
  from_text(text, dtype);
  return dtype;
}

TEST_CASE("dtype: identity: names and sizes", "[core]") {
  int i = 0;
  for (const Names& type : expected) {
    const auto dtype = DType(i++);
    CHECK(name_of(dtype) == type.name);
    CHECK(size_of(dtype) == type.size);
    CHECK(dtype_named(type.name) == dtype);
    CHECK(to_text(dtype) == type.word);
    CHECK(read(type.name) == dtype);
    CHECK(read(type.word) == dtype);
  }
  CHECK_FALSE(dtype_named("F8_E8M0"));
  CHECK_FALSE(dtype_named("float32"));
  CHECK_FALSE(dtype_named(""));
}

TEST_CASE("dtype: value: which types are floating point, which integers", "[core]") {
  for (const Names& type : expected) {
    const DType dtype = read(type.name);
    const std::string word = type.word;
    CHECK(is_floating_point(dtype) == (word.find("float") != std::string::npos));
    CHECK(is_integer(dtype) == (word.find("int") != std::string::npos));
  }
}

TEST_CASE("dtype: value: an option's value", "[core]") {
  DType dtype = DType::bf16;
  std::optional<DType> absent;
  Fields fields;
  fields.opt("--dtype", dtype, "element type");
  fields.opt("--store", absent, "element type");
  CHECK(fields.list()[0].metavar == "DTYPE");
  CHECK(fields.list()[1].metavar == "DTYPE");
  CHECK(fields.list()[0].initial == "bfloat16");
  CHECK(fields.list()[1].initial.empty());
  fields.list()[0].set(std::vector<std::string>{"F16"});
  CHECK(dtype == DType::f16);
}

TEST_CASE("dtype: refusal of other names, with those that are accepted", "[core]") {
  for (const char* text : {"half", "f32", "Float32", "float8", "", "float32 "}) {
    const Error error = test::error_of([&] { read(text); });
    CHECK(error.kind() == ErrorKind::usage);
    for (const Names& type : expected) {
      const std::string both = std::string(type.word) + " (" + type.name + ")";
      CHECK(std::string(error.what()).find(both) != std::string::npos);
    }
    CHECK(std::string(error.what()).find("got '" + std::string(text) + "'") != std::string::npos);
  }
}

}  // namespace
}  // namespace athanor
