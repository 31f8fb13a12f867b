#include "data/loader.h"

#include <algorithm>
#include <set>

#include "unit/data/make.h"

namespace athanor::data {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): helpers of these tests alone

/// n vectors [2], row i being (i, -i), labelled i mod 7.
std::unique_ptr<Dataset> numbered(const TempFolder& folder, int64_t n) {
  std::vector<float> values;
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < n; ++i) {
    values.insert(values.end(), {float(i), -float(i)});
    labels.push_back(i % 7);
  }
  folder.file("labels.npy", npy(DType::i64, {n}, labels));
  return open(folder.file("rows.npy", npy(DType::f32, {n, 2}, values)), labelled_by(folder / "labels.npy"));
}

/// Which rows are drawn, from number `first` on; checks that row, label and numbering belong together.
std::vector<int64_t> drawn(const Dataset& set, int64_t batch, int64_t first, int64_t count, uint64_t seed = 1) {
  Loader loader({set}, batch, seed, first);
  std::vector<int64_t> rows;
  while (int64_t(rows.size()) < count) {
    const Batch next = loader.next();
    REQUIRE(next.first == first + int64_t(rows.size()));
    REQUIRE(next.rows.size() == size_t(2 * batch));
    REQUIRE(next.labels.size() == size_t(batch));
    for (int64_t k = 0; k < batch; ++k) {
      const auto row = int64_t(next.rows[2 * k]);
      REQUIRE(next.rows[2 * k + 1] == -float(row));
      REQUIRE(next.labels[k] == row % 7);
      rows.push_back(row);
    }
  }
  rows.resize(count);
  return rows;
}

TEST_CASE("loader law: every epoch is a permutation, and no two are the same") {
  const TempFolder folder;
  for (const int64_t n : {1, 2, 50, 101}) {
    const auto set = numbered(folder, n);
    const std::vector<int64_t> rows = drawn(*set, 7, 0, 4 * n);
    std::set<std::vector<int64_t>> orders;
    for (int64_t e = 0; e < 4; ++e) {
      const std::vector<int64_t> epoch(rows.begin() + e * n, rows.begin() + (e + 1) * n);
      CHECK(std::set<int64_t>(epoch.begin(), epoch.end()).size() == size_t(n));
      orders.insert(epoch);
    }
    if (n >= 50) CHECK(orders.size() == 4);
  }
}

TEST_CASE("loader identity: rows are the same for every batch size and after every restart") {
  const TempFolder folder;
  const auto set = numbered(folder, 50);
  const std::vector<int64_t> rows = drawn(*set, 1, 0, 230);
  for (const int64_t batch : {7, 64, 130}) CHECK(drawn(*set, batch, 0, 230) == rows);
  for (const int64_t first : {1, 49, 50, 77, 150})
    CHECK(drawn(*set, 16, first, 230 - first) == std::vector<int64_t>(rows.begin() + first, rows.end()));
  CHECK(drawn(*set, 1, 0, 230, 2) != rows);
}

TEST_CASE("loader identity: the parts of all processes are the batches of one") {
  const TempFolder folder;
  const auto set = numbered(folder, 50);
  Loader whole({*set}, 12, 1, 24);
  std::vector<std::unique_ptr<Loader>> shares;
  for (const int64_t rank : {0, 1}) {
    const Share share{.rank = rank, .ranks = 2, .parts = 3};
    shares.push_back(std::make_unique<Loader>(Drawn{*set}, 12, 1, 24, share));
  }
  for (int step = 0; step < 10; ++step) {
    const Batch batch = whole.next();
    std::vector<float> rows;
    for (const auto& share : shares)
      for (int part = 0; part < 3; ++part) {
        const Batch piece = share->next();
        CHECK(piece.first == batch.first + int64_t(rows.size() / 2));
        rows.insert(rows.end(), piece.rows.begin(), piece.rows.end());
      }
    CHECK(rows == batch.rows);
  }
  CHECK(refusal([&] { Loader({*set}, 10, 1, 0, {.rank = 0, .ranks = 2, .parts = 3}); }) ==
        "--batch 10 is not divisible by 6 (--accum times processes)");
}

TEST_CASE("loader law: a source's rows come in an order of their own, or as the partners of the data's") {
  const TempFolder folder, other;
  const auto set = numbered(folder, 50), source = numbered(other, 30), pairs = numbered(other, 50);
  Loader free({.rows = *set, .source = source.get()}, 30, 1, 0);
  std::set<float> seen;
  const Batch batch = free.next();
  for (size_t k = 0; k < 30; ++k) seen.insert(batch.source[2 * k]);
  CHECK(seen.size() == 30);
  CHECK(batch.source != std::vector<float>(batch.rows.begin(), batch.rows.end()));
  Loader paired({.rows = *set, .source = pairs.get(), .paired = true}, 20, 1, 0);
  const Batch partners = paired.next();
  CHECK(partners.source == partners.rows);
  CHECK(refusal([&] { Loader({.rows = *set, .source = source.get(), .paired = true}, 1, 1, 0); }) ==
        source->name() + ": 30 rows of the source cannot be paired with 50 of " + set->name());
}

TEST_CASE("loader identity: partners are augmented alike, and rows that meet at random are left as they are") {
  const TempFolder folder;
  fill_folder(folder, 10);
  const auto set = open(folder / ""), same = open(folder / "");
  for (const AugmentationOptions& options :
       {AugmentationOptions{.probability = 0.7}, AugmentationOptions{.mirror = true}}) {
    Loader plain({.rows = *set, .source = same.get()}, 10, 1, 0);
    Loader free({.rows = *set, .source = same.get(), .augmentation = options}, 10, 1, 0);
    Loader paired({.rows = *set, .source = same.get(), .paired = true, .augmentation = options}, 10, 1, 0);
    const Batch as_they_are = plain.next(), changed = free.next(), partners = paired.next();
    CHECK(changed.rows != as_they_are.rows);
    CHECK(changed.source == as_they_are.source);
    CHECK(partners.rows == changed.rows);
    CHECK(partners.source == partners.rows);
    CHECK(partners.told == changed.told);
    CHECK(partners.told.size() == (options.mirror ? 0 : 10 * size_t(kAugmentationNumbers)));
  }
}

TEST_CASE("loader refusal: an error on the way comes out of next") {
  const TempFolder folder;
  fill_folder(folder, 4);
  const std::string whole = coded(picture(0));
  folder.file("03.png", whole.substr(0, 50));
  const auto set = open(folder / "");
  Loader loader({*set}, 4, 1, 0);
  CHECK(refusal([&] { loader.next(); }) == folder / "03.png" + ": PNG image ends early");
  CHECK(refusal([&] { Loader({*set}, 0, 1, 0); }) == "batches of 0 rows from row 0 cannot be drawn");
}

TEST_CASE("loader identity: a folder read by several threads through a small cache") {
  const TempFolder folder;
  fill_folder(folder, 40);
  const auto set = open(folder / "", caching(0)), cached = open(folder / "");
  Loader plain({*set}, 16, 3, 0, {}, 8), kept({*cached}, 16, 3, 0, {}, 1);
  for (int i = 0; i < 20; ++i) CHECK(plain.next().rows == kept.next().rows);
}

}  // namespace
}  // namespace athanor::data
