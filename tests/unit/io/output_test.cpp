#include "io/output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "support/files.h"

namespace athanor::io {
namespace {

using test::content_of;
using test::error_of;
using test::TempFolder;
using Names = std::vector<std::string>;

mode_t mode_of(const std::string& path) {
  struct stat status = {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777u;
}

TEST_CASE("output: value: a file appears whole in finish() and not before", "[io]") {
  const TempFolder folder;
  Output out = Output::open({folder / "x"}, Existing::refuse);
  out.write("hello ");
  out.write("there");
  REQUIRE(folder.names().size() == 1);
  CHECK(folder.names()[0].starts_with(".x."));
  CHECK(folder.names()[0].ends_with(".part"));
  out.finish();
  CHECK(folder.names() == Names{"x"});
  CHECK(content_of(folder / "x") == "hello there");
}

TEST_CASE("output: identity: an exception leaves nothing behind and the old file as it was", "[io]") {
  const TempFolder folder;
  folder.file("old", "before");
  const auto failing = [&](const char* name) {
    Output out = Output::open({folder / name}, Existing::replace);
    out.write("half");
    fail(ErrorKind::data, "stop");
  };
  CHECK(error_of([&] { failing("new"); }).what() == std::string("stop"));
  CHECK(error_of([&] { failing("old"); }).what() == std::string("stop"));
  CHECK(folder.names() == Names{"old"});
  CHECK(content_of(folder / "old") == "before");
}

TEST_CASE("output: refusal of an existing file, early and late", "[io]") {
  const TempFolder folder;
  const std::string path = folder.file("x.png", "before");
  const std::string text = path + ": exists; give --force to replace it";
  const Error early = error_of([&] { Output::open({path}, Existing::refuse); });
  CHECK(early.kind() == ErrorKind::io);
  CHECK(early.what() == text);
  CHECK(error_of([&] { check_output({path}, Existing::refuse); }).what() == text);
  std::filesystem::remove(path);
  {
    Output out = Output::open({path}, Existing::refuse);
    out.write("mine");
    folder.file("x.png", "theirs");
    CHECK(error_of([&] { out.finish(); }).what() == text);
  }
  CHECK(content_of(path) == "theirs");
  CHECK(folder.names() == Names{"x.png"});
}

TEST_CASE("output: value: replacing keeps the permissions, a new file obeys the umask", "[io]") {
  const TempFolder folder;
  const std::string old = folder.file("old", "before");
  ::chmod(old.c_str(), 0604);
  const mode_t mask = ::umask(0027);
  write_file(old, "after");
  write_file(folder / "new", "new", Existing::refuse);
  ::umask(mask);
  CHECK(content_of(old) == "after");
  CHECK(mode_of(old) == 0604);
  CHECK(mode_of(folder / "new") == 0640);
  CHECK(folder.names().size() == 2);
}

TEST_CASE("output: value: writing to a link replaces what it points to", "[io]") {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "sub");
  folder.file("sub/real", "before");
  std::filesystem::create_symlink("sub/real", folder / "link");
  std::filesystem::create_symlink("sub/fresh", folder / "dangling");
  write_file(folder / "link", "after");
  write_file(folder / "dangling", "made", Existing::refuse);
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(content_of(folder / "sub/real") == "after");
  CHECK(std::filesystem::is_symlink(folder / "dangling"));
  CHECK(content_of(folder / "sub/fresh") == "made");
  std::filesystem::create_symlink("loop", folder / "loop");
  CHECK(error_of([&] { write_file(folder / "loop", "x"); }).kind() == ErrorKind::io);
}

TEST_CASE("output: refusal of a full device, which is never renamed over", "[io]") {
  const Error full = error_of([] { write_file("/dev/full", "x", Existing::refuse); });
  CHECK(full.kind() == ErrorKind::io);
  CHECK(full.what() == std::string("/dev/full: no space left on device"));
  write_file("/dev/null", "x", Existing::refuse);
  CHECK(std::filesystem::is_character_file("/dev/full"));
  CHECK(std::filesystem::is_character_file("/dev/null"));
}

TEST_CASE("output: refusal of missing folders and of folders as files", "[io]") {
  const TempFolder folder;
  const auto refusal = [](const std::string& path) {
    const Error checked = error_of([&] { check_output({path}, Existing::replace); });
    const Error opened = error_of([&] { Output::open({path}, Existing::replace); });
    CHECK(checked.kind() == ErrorKind::io);
    CHECK(checked.what() == std::string(opened.what()));
    return std::string(opened.what()).substr(path.size());
  };
  CHECK(refusal(folder / "none/x") == ": no such file or directory");
  CHECK(refusal(folder / "") == ": is a directory");
  CHECK(refusal(folder.file("plain", "") + "/x") == ": not a directory");
  CHECK(folder.names() == Names{"plain"});
}

TEST_CASE("output: identity: moving hands over the file, assigning over an unfinished one discards it", "[io]") {
  const TempFolder folder;
  Output first = Output::open({folder / "a"}, Existing::refuse);
  first.write("a");
  Output second = std::move(first);
  second.write("b");
  second = Output::open({folder / "c"}, Existing::refuse);
  second.write("c");
  second.finish();
  CHECK(folder.names() == Names{"c"});
}

TEST_CASE("output: value: discard_unfinished removes temporaries and no finished file", "[io]") {
  const TempFolder folder;
  write_file(folder / "done", "x");
  Output one = Output::open({folder / "one"}, Existing::refuse);
  Output two = Output::open({folder / std::string(250, 'n')}, Existing::refuse);
  CHECK(folder.names().size() == 3);
  discard_unfinished();
  CHECK(folder.names() == Names{"done"});
}

/// Runs `body` in a child whose standard output is `fd`; its exit code.
template <class Body>
int with_stdout(int fd, Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(fd, STDOUT_FILENO);
    int code = 0;
    try {
      body();
    } catch (const BrokenPipe&) {
      code = 10;
    } catch (const Error& error) {
      code = 20 + int(error.kind());
    }
    ::_exit(code);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
void write_stdout() {
  Output out = Output::open({"-"}, Existing::refuse);
  out.write("hello");
  out.finish();
}

TEST_CASE("output: value and refusal: standard output", "[io]") {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  CHECK(with_stdout(ends[1], write_stdout) == 0);
  char got[8] = {};
  CHECK(::read(ends[0], got, sizeof got) == 5);
  CHECK(std::string_view(got) == "hello");
  ::close(ends[0]);
  CHECK(with_stdout(ends[1], write_stdout) == 10);
  ::close(ends[1]);
  const int full = ::open("/dev/full", O_WRONLY);
  CHECK(with_stdout(full, write_stdout) == 20 + int(ErrorKind::io));
  ::close(full);
}

TEST_CASE("output: value: a file is a file when standard output is closed", "[io]") {
  const TempFolder folder;
  const int null = ::open("/dev/null", O_WRONLY);
  CHECK(with_stdout(null, [&] {
          ::close(STDOUT_FILENO);
          write_file(folder / "x", "hello");
        }) == 0);
  ::close(null);
  CHECK(folder.names() == Names{"x"});
  CHECK(content_of(folder / "x") == "hello");
}

TEST_CASE("output: refusal of a terminal as standard output", "[io]") {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(terminal >= 0);
  REQUIRE(::grantpt(terminal) == 0);
  REQUIRE(::unlockpt(terminal) == 0);
  const int slave = ::open(::ptsname(terminal), O_RDWR | O_NOCTTY);
  REQUIRE(slave >= 0);
  CHECK(with_stdout(slave, write_stdout) == 20 + int(ErrorKind::usage));
  CHECK(with_stdout(slave, [] { check_output({"-"}, Existing::refuse); }) == 20 + int(ErrorKind::usage));
  ::close(slave);
  ::close(terminal);
}

}  // namespace
}  // namespace athanor::io
