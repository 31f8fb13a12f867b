#include "train/lifeline.h"

#include <future>

#include "support/files.h"

namespace athanor::train {
namespace {

using namespace std::chrono_literals;

/// Longer than any machine takes; a test that waits this long has failed.
constexpr auto kLong = 60s;

Deadline soon() { return std::chrono::steady_clock::now() + kLong; }

using Lines = std::vector<std::unique_ptr<Lifeline>>;

/// Processes that are threads of this one.
Lines met(int64_t ranks) {
  const Lifeline::Invitation invitation;
  std::vector<std::future<std::unique_ptr<Lifeline>>> joining;
  for (int64_t r = 1; r < ranks; ++r)
    joining.push_back(
        std::async(std::launch::async, [&, r] { return Lifeline::join(invitation.text(), "127.0.0.1", r, soon()); }));
  Lines lines;
  lines.push_back(invitation.meet(ranks, soon()));
  for (auto& one : joining) lines.push_back(one.get());
  return lines;
}

TEST_CASE("lifeline law: when one process ends, all others name it; those that took their leave are not missed") {
  for (const int64_t lost : {0, 1, 2}) {
    Lines lines = met(4);
    for (const auto& line : lines) {
      CHECK_FALSE(line->lost());
      CHECK(line->address() == "127.0.0.1");
    }
    lines[3]->leave();
    lines[3].reset();
    lines[size_t(lost)].reset();
    for (const auto& line : lines)
      if (line) CHECK(line->lost(kLong).value_or(Peer{.rank = -1}).rank == lost);
  }
}

TEST_CASE("lifeline law: when all take their leave nobody is lost") {
  Lines lines = met(3);
  for (const auto& line : lines) line->leave();
  std::unique_ptr<Lifeline> last = std::move(lines[1]);
  lines.clear();
  CHECK_FALSE(last->lost(100ms));
}

TEST_CASE("lifeline refusal: who does not come is named, and strangers are not let in") {
  const Lifeline::Invitation invitation;
  const int64_t port = std::stoll(invitation.text());
  const Socket silent = Socket::connected("127.0.0.1", port, soon()),
               loud = Socket::connected("127.0.0.1", port, soon());
  CHECK(loud.say("1 1 stranger"));
  const Error late = test::error_of([&] { invitation.meet(2, std::chrono::steady_clock::now() + 100ms); });
  CHECK(std::string(late.what()) == "rank 1 of 2 has not come");
}

TEST_CASE("lifeline refusal: the first process ends before all have come") {
  const Socket door = Socket::listening();
  auto joining = std::async(std::launch::async, [&] {
    return test::error_of([&] { Lifeline::join(fmt::format("{} 1 first", door.port()), "127.0.0.1", 1, soon()); });
  });
  { const auto line = door.accept(soon()); }
  CHECK(std::string(joining.get().what()) == "rank 0 (first) was lost at the start");
}

}  // namespace
}  // namespace athanor::train
