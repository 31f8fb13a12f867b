#include "core/parallel.h"

#include <algorithm>
#include <atomic>
#include <vector>

#include "core/error.h"
#include "support/files.h"

namespace athanor {
namespace {

TEST_CASE("parallel law: every number once, and the first failure is passed on") {
  std::vector<std::atomic<int>> seen(1000);
  in_parallel(1000, 4, [&](int64_t i) { ++seen[size_t(i)]; });
  CHECK(std::ranges::all_of(seen, [](const std::atomic<int>& n) { return n == 1; }));
  const Error error = test::error_of([] {
    in_parallel(100, 4, [](int64_t i) {
      if (i == 17) fail(ErrorKind::data, "number {}", i);
    });
  });
  CHECK(error.what() == std::string("number 17"));
}

TEST_CASE("parallel value: as many threads as processors, unless a number is asked for") {
  CHECK(processors() >= 1);
  CHECK(thread_count(0) == processors());
  CHECK(thread_count(3) == 3);
}

}  // namespace
}  // namespace athanor
