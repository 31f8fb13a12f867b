#include "core/check.h"

#include <cerrno>

#include "support/files.h"

namespace athanor {
namespace {

std::string message(const Shape& shape, std::initializer_list<Axis> expected) {
  return test::error_of([&] { check_shape(shape, expected, "heun: x"); }).what();
}

TEST_CASE("check: value: shapes that fit pass", "[core]") {
  check_shape({8, 3, 28, 28}, {"N", 3, "H", "W"}, "x");
  check_shape({5, 5}, {"N", "N"}, "x");
  check_shape({}, {}, "x");
  CHECK(shape_text(Shape{8, 1, 28, 28}) == "[8,1,28,28]");
  CHECK(shape_text(Shape{}) == "[]");
}

TEST_CASE("check: refusal of shapes that do not fit, in words", "[core]") {
  CHECK(message({8, 1, 28, 28}, {"N", 3, "H", "W"}) == "heun: x: expected [N,3,H,W], got [8,1,28,28]");
  CHECK(message({8}, {"N", 3}) == "heun: x: expected [N,3], got [8]");
  CHECK(message({8, 3, 1}, {"N", 3}) == "heun: x: expected [N,3], got [8,3,1]");
  CHECK(message({4, 5}, {"N", "N"}) == "heun: x: expected [N,N], got [4,5]");
}

TEST_CASE("check: value and refusal: element_count", "[core]") {
  const auto count = [](Shape shape) { return element_count(shape); };
  CHECK(count({}) == 1);
  CHECK(count({2, 3, 4}) == 24);
  CHECK(count({INT64_MAX}) == INT64_MAX);
  CHECK(count({INT64_MAX, 2, 0}) == 0);
  CHECK(test::error_of([&] { count({INT64_MAX, 2}); }).kind() == ErrorKind::data);
  CHECK(test::error_of([&] { count({2, -1}); }).what() == std::string("a tensor axis has the negative size -1"));
  CHECK(test::error_of([&] { count({-1, 0}); }).kind() == ErrorKind::data);
}

TEST_CASE("error: value: context goes in front and the kind stays", "[core]") {
  const Error error = Error(ErrorKind::io, "no space").in("b").in("a");
  CHECK(error.what() == std::string("a: b: no space"));
  CHECK(error.kind() == ErrorKind::io);
}

TEST_CASE("error: value: the reason of errno, lower case", "[core]") {
  errno = ENOENT;
  const Error error = test::error_of([] { fail_errno(ErrorKind::io, "x.png"); });
  CHECK(error.what() == std::string("x.png: no such file or directory"));
  CHECK(error.kind() == ErrorKind::io);
}

}  // namespace
}  // namespace athanor
