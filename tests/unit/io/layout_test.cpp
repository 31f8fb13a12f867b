#include "io/layout.h"

#include "support/files.h"

namespace athanor::io {
namespace {

TEST_CASE("layout: value: text from files cannot steer a terminal and is cut between characters", "[io]") {
  CHECK(printable("a\x1b[2J\n\x7f é") == "a\\x1b[2J\\x0a\\x7f é");
  CHECK(printable("ééé", 3) == "é…");
  CHECK(printable("abc", 3) == "abc");
  CHECK(in_quotes("a\tb") == "'a\\x09b'");
  CHECK(in_quotes(std::string(300, 'x')) == "'" + std::string(200, 'x') + "…'");
}

TEST_CASE("layout: value and refusal: bytes of tensors", "[io]") {
  CHECK(byte_count(DType::f64, {3, 2}) == 48);
  CHECK(byte_count(DType::f64, {INT64_MAX, 0}) == 0);
  CHECK(byte_count(DType::f16, {INT64_MAX}) == 2 * uint64_t(INT64_MAX));
  CHECK(test::error_of([] { byte_count(DType::f32, {INT64_MAX}); }).kind() == ErrorKind::data);
  CHECK(Layout{}.payload_bytes() == 0);
}

}  // namespace
}  // namespace athanor::io
