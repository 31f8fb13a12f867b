#include "train/log.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "support/files.h"

namespace athanor::train {
namespace {

using test::content_of;
using test::error_of;
using test::TempFolder;

LogLine line(int64_t step) {
  return {.step = step,
          .images = 4 * step,
          .loss = 1 / double(step),
          .gradient_norm = 0.25,
          .learning_rate = 1e-3,
          .images_per_second = 100};
}

/// A log of steps 5, 10, 15, 20.
std::string filled(const TempFolder& folder) {
  std::string path = folder / "a.jsonl";
  Log log(path, 0);
  for (const int64_t step : {5, 10, 15, 20}) log.add(line(step));
  return path;
}

std::vector<int64_t> steps_of(const std::string& path) {
  std::vector<int64_t> steps;
  std::istringstream text(content_of(path));
  for (std::string one; std::getline(text, one);) steps.push_back(nlohmann::json::parse(one).at("step"));
  return steps;
}

}  // namespace

TEST_CASE("value: a line is a JSON object of the interval") {
  const TempFolder folder;
  Log(folder / "a.jsonl", 0).add(line(2));
  CHECK(content_of(folder / "a.jsonl") ==
        R"({"step":2,"images":8,"loss":0.5,"gradient_norm":0.25,"learning_rate":0.001,"images_per_second":100.0})"
        "\n");
}

TEST_CASE("identity: a resumed log keeps the lines up to its step and goes on behind them") {
  for (const int64_t resumed : {10, 12}) {
    const TempFolder folder;
    const std::string path = filled(folder);
    Log log(path, resumed);
    CHECK(steps_of(path) == std::vector<int64_t>{5, 10, 15, 20});
    log.add(line(13));
    CHECK(steps_of(path) == std::vector<int64_t>{5, 10, 13});
  }
}

TEST_CASE("limit: a new training forgets an old log, a resumed one does without") {
  const TempFolder folder;
  const std::string path = filled(folder);
  const std::string before = content_of(path);
  Log anew(path, 0);
  CHECK(content_of(path) == before);
  anew.add(line(1));
  CHECK(steps_of(path) == std::vector<int64_t>{1});
  Log resumed(folder / "none.jsonl", 5);
  resumed.add(line(6));
  CHECK(steps_of(folder / "none.jsonl") == std::vector<int64_t>{6});
}

TEST_CASE("identity: a log in which a norm was not finite is gone on with") {
  const TempFolder folder;
  LogLine broken = line(5);
  broken.gradient_norm = NAN;
  Log(folder / "a.jsonl", 0).add(broken);
  Log(folder / "a.jsonl", 5).add(line(10));
  CHECK(steps_of(folder / "a.jsonl") == std::vector<int64_t>{5, 10});
}

TEST_CASE("identity: a last line that was cut by a full disk or a crash does not stand in the way") {
  const TempFolder folder;
  const std::string whole = content_of(filled(folder));
  for (const size_t lost : {1, 20}) {
    const std::string path = folder.file("cut.jsonl", whole.substr(0, whole.size() - lost));
    Log log(path, 15);
    log.add(line(16));
    CHECK(steps_of(path) == std::vector<int64_t>{5, 10, 15, 16});
  }
}

TEST_CASE("value: a curve is drawn from two lines on") {
  const TempFolder folder;
  Log log(folder / "a.jsonl", 0);
  std::string said;
  const auto remark = [&](std::string_view text) { said = text; };
  log.add(line(1));
  log.draw(folder / "a.svg", remark);
  CHECK(content_of(folder / "a.svg").empty());
  log.add(line(2));
  log.draw(folder / "a.svg", remark);
  // Without gnuplot a remark stands in for the picture.
  CHECK((content_of(folder / "a.svg").find("<svg") != std::string::npos || !said.empty()));
}

TEST_CASE("refusal: what is no log, and folders that are not there") {
  const TempFolder folder;
  for (const char* text : {"hello\n", "{}\n", "[1]\n", "{\"step\":1}\n", "{\"step\":\"one\"}\n"}) {
    const std::string path = folder.file("a.jsonl", text);
    CHECK(std::string(error_of([&] { Log(path, 5); }).what()) == path + ": not a training log");
    CHECK(content_of(path) == text);
  }
  CHECK(error_of([&] { Log(folder / "none/a.jsonl", 0).add(line(1)); }).kind() == ErrorKind::io);
}

}  // namespace athanor::train
