#include "io/history.h"

#include <nlohmann/json.hpp>

#include "core/version.h"
#include "support/files.h"

namespace athanor::io {
namespace {

TEST_CASE("history: value: a line as it is recorded", "[io]") {
  const std::string line = history_line("sample", {"-n", "4"}, {{"m.safetensors", 5, "ab"}, {"-", 0, ""}});
  CHECK(line == fmt::format(R"({{"program":"sample","version":"{}","arguments":["-n","4"],)"
                            R"("inputs":[{{"name":"m.safetensors","bytes":5,"header_sha256":"ab"}},{{"name":"-"}}]}})",
                            version()));
  CHECK(nlohmann::json::parse(history_line("a", {}, {}))["inputs"].empty());
}

TEST_CASE("history: limit: a line is one line of valid JSON whatever the arguments hold", "[io]") {
  const std::string line = history_line("a", {"two\nlines", "\"\\", "\xff"}, {});
  CHECK(line.find('\n') == std::string::npos);
  CHECK(nlohmann::json::parse(line)["arguments"][0] == "two\nlines");
}

TEST_CASE("history: two ways: lines go into metadata and come back", "[io]") {
  const History lines{history_line("a", {"x\ny"}, {}), history_line("b", {}, {})};
  Metadata metadata{{"format", "pt"}};
  write_history(lines, metadata);
  CHECK(metadata.at("athanor.history") == lines[0] + "\n" + lines[1]);
  CHECK(read_history(metadata) == lines);
  write_history({}, metadata);
  CHECK(metadata == Metadata{{"format", "pt"}});
  CHECK(read_history(metadata).empty());
}

TEST_CASE("history: refusal of what is no list of JSON objects", "[io]") {
  for (const char* bad : {"x", "{}\nx", "{}\n[]", "{}\n{", "{}\n1", "{}\n{} {}"}) {
    CAPTURE(bad);
    const Error error = test::error_of([&] { read_history({{"athanor.history", bad}}); });
    CHECK(error.kind() == ErrorKind::data);
    CHECK_THAT(error.what(), Catch::Matchers::EndsWith("is not a JSON object"));
  }
}

}  // namespace
}  // namespace athanor::io
