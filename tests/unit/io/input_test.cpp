#include "io/input.h"

#include <fcntl.h>

#include "support/files.h"

namespace athanor::io {
namespace {

using test::error_of;
using test::TempFolder;

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
std::string digits(size_t n) {
  std::string text;
  for (size_t i = 0; text.size() < n; ++i) text += std::to_string(i);
  return text.substr(0, n);
}

TEST_CASE("input: two ways: a file, a pipe and memory read alike", "[io]") {
  const std::string content = digits(500'000);
  const TempFolder folder;
  const test::Pipe pipe(content);
  std::vector<Input> inputs;
  inputs.push_back(Input::open({folder.file("x", content)}));
  inputs.push_back(Input::open({pipe.path()}));
  inputs.push_back(Input::memory(std::as_bytes(std::span(content)), "memory"));
  for (Input& input : inputs) {
    CAPTURE(input.name());
    CHECK(text_of(input.peek(10)) == content.substr(0, 10));
    CHECK(input.position() == 0);
    std::vector<std::byte> some(300'000);
    CHECK(input.read_full(std::span(some).first(7)) == 7);
    CHECK(text_of(std::span(some).first(7)) == content.substr(0, 7));
    CHECK(text_of(input.peek(65536)) == content.substr(7, 65536));
    CHECK(input.skip(100'000) == 100'000);
    CHECK(input.position() == 100'007);
    CHECK(input.read_full(some) == 300'000);
    CHECK(text_of(some) == content.substr(100'007, 300'000));
    CHECK(input.read_full(some) == 99'993);
    CHECK(input.read(some) == 0);
    CHECK(input.peek(1).empty());
    CHECK(input.skip(1) == 0);
    CHECK(input.position() == content.size());
  }
  CHECK(inputs[0].size() == content.size());
  CHECK(text_of(inputs[0].mapped()) == content);
  CHECK_FALSE(inputs[1].size());
  CHECK(inputs[1].mapped().empty());
  CHECK(inputs[2].name() == "memory");
}

TEST_CASE("input: limit: empty files, empty pipes and memory of nothing", "[io]") {
  const TempFolder folder;
  const test::Pipe pipe("");
  std::vector<Input> inputs;
  inputs.push_back(Input::open({folder.file("x", "")}));
  inputs.push_back(Input::open({pipe.path()}));
  inputs.push_back(Input::memory({}, "memory"));
  for (Input& input : inputs) {
    CAPTURE(input.name());
    std::byte byte;
    CHECK(input.peek(1).empty());
    CHECK(input.read({&byte, 1}) == 0);
  }
}

TEST_CASE("input: value: a file of /proc, which claims to be empty, is read", "[io]") {
  Input input = Input::open({"/proc/self/status"});
  CHECK(text_of(input.peek(5)) == "Name:");
}

TEST_CASE("input: refusal of what cannot be read", "[io]") {
  const TempFolder folder;
  const Error missing = error_of([&] { Input::open({folder / "model.safetensors"}); });
  CHECK(missing.kind() == ErrorKind::io);
  CHECK(missing.what() == (folder / "model.safetensors") + ": no such file or directory");
  const Error directory = error_of([&] { Input::open({folder / ""}); });
  CHECK(directory.kind() == ErrorKind::io);
  CHECK(directory.what() == (folder / "") + ": is a directory");
}

TEST_CASE("input: refusal of a terminal as standard input", "[io]") {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(terminal >= 0);
  REQUIRE(::grantpt(terminal) == 0);
  REQUIRE(::unlockpt(terminal) == 0);
  const int slave = ::open(::ptsname(terminal), O_RDWR | O_NOCTTY), old = ::dup(STDIN_FILENO);
  REQUIRE(::dup2(slave, STDIN_FILENO) == STDIN_FILENO);
  const Error error = error_of([] { Input::open({"-"}); });
  ::dup2(old, STDIN_FILENO);
  for (const int fd : {slave, old, terminal}) ::close(fd);
  CHECK(error.kind() == ErrorKind::usage);
  CHECK_THAT(error.what(), Catch::Matchers::StartsWith("standard input is a terminal: "));
}

TEST_CASE("input: value: SHA-256 of FIPS 180's examples", "[io]") {
  const auto digest = [](std::string_view text) { return sha256(std::as_bytes(std::span(text))); };
  CHECK(digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace athanor::io
