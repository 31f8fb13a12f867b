#include "core/text.h"

#include <cmath>

#include "support/files.h"

namespace athanor {
namespace {

template <class T>
T parsed(std::string_view text) {
  T value{};
  from_text(text, value);
  return value;
}
template <class T>
std::string refusal(std::string_view text) {
  const Error error = test::error_of([&] { parsed<T>(text); });
  CHECK(error.kind() == ErrorKind::usage);
  return error.what();
}

TEST_CASE("text: value: numbers", "[core]") {
  CHECK(parsed<int64_t>("-9223372036854775808") == INT64_MIN);
  CHECK(parsed<uint64_t>("18446744073709551615") == UINT64_MAX);
  CHECK(parsed<double>("-1.5e-3") == -1.5e-3);
  CHECK(std::isinf(parsed<double>("inf")));
  CHECK(parsed<std::vector<int64_t>>("1,2,-3") == std::vector<int64_t>{1, 2, -3});
  CHECK(parsed<std::vector<int64_t>>("").empty());
  CHECK(parsed<std::optional<double>>("2") == 2.0);
}

TEST_CASE("text: refusal of what is not the whole of a number", "[core]") {
  CHECK(refusal<int64_t>("12x") == "expected an integer, got '12x'");
  CHECK(refusal<int64_t>("") == "expected an integer, got ''");
  CHECK(refusal<int64_t>(" 1") == "expected an integer, got ' 1'");
  CHECK(refusal<int64_t>("1.0") == "expected an integer, got '1.0'");
  CHECK(refusal<int64_t>("9223372036854775808") == "'9223372036854775808' is out of the range of an integer");
  CHECK(refusal<uint64_t>("-1") == "expected an integer >= 0, got '-1'");
  CHECK(refusal<double>("nan") == "expected a number, got 'nan'");
  CHECK(refusal<double>("1e999") == "'1e999' is out of the range of a number");
  CHECK(refusal<std::vector<int64_t>>("1,,2") == "expected an integer, got ''");
  CHECK(refusal<std::vector<int64_t>>("1,") == "expected an integer, got ''");
}

TEST_CASE("text: two ways: doubles survive being written", "[core]") {
  for (const double value : {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, -0.0, 80.0, 1e22})
    CHECK(parsed<double>(to_text(value)) == value);
  CHECK(to_text(0.1) == "0.1");
  CHECK(to_text(80.0) == "80");
}

TEST_CASE("text: value and refusal: index lists", "[core]") {
  CHECK(parsed<IndexList>("0,3-5,7").values == std::vector<int64_t>{0, 3, 4, 5, 7});
  CHECK(parsed<IndexList>("").values.empty());
  // Ranges stay ranges: a million indices are recorded in a few characters.
  for (const char* text : {"0,3-5,7", "0-1000000", "5,5,4-5", "3", ""}) CHECK(to_text(parsed<IndexList>(text)) == text);
  for (const char* bad : {"-1", "5-3", "3-", "a", "1,,2", "0-2000000"}) {
    CAPTURE(bad);
    refusal<IndexList>(bad);
  }
}

TEST_CASE("text: identity: the parts of a shard cover everything once, in order, and are level", "[core]") {
  for (const int64_t n : {0, 1, 7, 8, 9, 1000})
    for (const int64_t count : {1, 2, 3, 8, 13}) {
      int64_t next = 0;
      for (int64_t index = 1; index <= count; ++index) {
        const auto [first, last] = Shard{index, count}.of(n);
        REQUIRE(first == next);
        REQUIRE((last - first == n / count || last - first == n / count + 1));
        next = last;
      }
      REQUIRE(next == n);
    }
}

TEST_CASE("text: value and refusal: shards and extents", "[core]") {
  CHECK(to_text(parsed<Shard>("2/8")) == "2/8");
  for (const char* bad : {"0/8", "9/8", "2", "2/", "/8", "", "1/0", "2/8/9"}) {
    CAPTURE(bad);
    refusal<Shard>(bad);
  }
  CHECK(to_text(parsed<Extent>("28x32")) == "28x32");
  for (const char* bad : {"28", "0x3", "3x-1", "x", "28x"}) {
    CAPTURE(bad);
    refusal<Extent>(bad);
  }
}

TEST_CASE("text: value: split and human", "[core]") {
  CHECK(split("", ',').empty());
  CHECK(split("a", ',') == std::vector<std::string>{"a"});
  CHECK(split(",a,", ',') == std::vector<std::string>{"", "a", ""});
  CHECK(human(840, "B") == "840 B");
  CHECK(human(1'100'000) == "1.1 M");
  CHECK(human(999'600, "B") == "1 MB");
  CHECK(human(0) == "0");
}

}  // namespace
}  // namespace athanor
