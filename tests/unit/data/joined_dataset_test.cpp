#include "support/files.h"
#include "support/function_dataset.h"

namespace athanor::data {
namespace {

using test::TempFolder;

/// Two by two grey pixels, all of them `value`.
std::string pixels(uint8_t value) { return "P5\n2 2\n255\n" + std::string(4, char(value)); }

/// A folder of one image in each of the classes, of these values.
std::unique_ptr<Dataset> classes(const TempFolder& folder, const std::vector<std::pair<std::string, uint8_t>>& images) {
  for (const auto& [name, value] : images) {
    std::filesystem::create_directories(folder / name);
    folder.file(name + "/x.pgm", pixels(value));
  }
  return open_dataset({folder / ""}, {}, {});
}

/// Rows [1,2,2] without names; label i of row i unless `labels` is 0.
std::unique_ptr<Dataset> numbers(int64_t size, int64_t labels) {
  return std::make_unique<test::FunctionDataset>(size, Shape{1, 2, 2}, labels, [](int64_t i, std::span<float> row) {
    std::ranges::fill(row, float(i) / 8);
    return i;
  });
}

std::unique_ptr<Dataset> join_two(std::unique_ptr<Dataset> a, std::unique_ptr<Dataset> b, std::string* said = nullptr) {
  std::vector<std::unique_ptr<Dataset>> sets;
  sets.push_back(std::move(a));
  sets.push_back(std::move(b));
  return join(std::move(sets), [said](std::string_view line) {
    if (said == nullptr) FAIL(line);
    *said = line;
  });
}

std::vector<int64_t> labels_of(const Dataset& set) {
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < set.size(); ++i) labels.push_back(set.label(i));
  return labels;
}

TEST_CASE("join value: rows follow one another, labels keep their classes' names", "[data]") {
  const TempFolder left, right;
  const auto set = join_two(classes(left, {{"bee", 1}, {"wasp", 2}}), classes(right, {{"ant", 3}, {"wasp", 4}}));
  CHECK(set->size() == 4);
  CHECK(set->classes() == 3);
  CHECK(set->class_names() == std::vector<std::string>{"ant", "bee", "wasp"});
  CHECK(labels_of(*set) == std::vector<int64_t>{1, 2, 0, 2});
  CHECK(set->records().size() == 2);
  for (int64_t i = 0; i < 4; ++i) {
    std::vector<float> row(4);
    set->read(i, row);
    CHECK(row == std::vector<float>(4, float(i + 1) / 127.5f - 1));
  }
  std::vector<float> row(4);
  CHECK(test::error_of([&] { set->read(4, row); }).kind() == ErrorKind::data);
}

TEST_CASE("join value: numbers count among the names of the others", "[data]") {
  const TempFolder folder;
  const auto set = join_two(numbers(3, 3), classes(folder, {{"ant", 1}, {"bee", 2}}));
  CHECK(set->class_names() == std::vector<std::string>{"ant", "bee"});
  CHECK(set->classes() == 3);
  CHECK(labels_of(*set) == std::vector<int64_t>{0, 1, 2, 0, 1});
}

TEST_CASE("join value: labels that not all sets have are left out, with a remark", "[data]") {
  std::string said;
  CHECK_FALSE(join_two(numbers(2, 2), numbers(2, 0), &said)->labelled());
  CHECK(said == "labels are left out: not all inputs have them");
  CHECK_FALSE(join_two(numbers(2, 0), numbers(2, 0))->labelled());
}

TEST_CASE("join identity: one set is itself", "[data]") {
  std::vector<std::unique_ptr<Dataset>> sets;
  sets.push_back(numbers(2, 2));
  const Dataset* only = sets.front().get();
  CHECK(join(std::move(sets), {}).get() == only);
}

TEST_CASE("join refusal of sets that do not fit together", "[data]") {
  const TempFolder folder, left, right;
  folder.file("x.ppm", "P6\n1 1\n255\nabc");
  using Catch::Matchers::ContainsSubstring;
  const auto of_other_shapes = [&] { join_two(classes(left, {{"ant", 1}}), open_dataset({folder / "x.ppm"}, {}, {})); };
  CHECK_THAT(test::error_of(of_other_shapes).what(), ContainsSubstring("x.ppm: rows are [3,1,1], but those of"));
  std::vector<std::unique_ptr<Dataset>> sets;
  sets.push_back(classes(left, {{"ant", 1}}));
  sets.push_back(classes(right, {{"bee", 1}}));
  sets.push_back(numbers(1, 1));
  CHECK_THAT(test::error_of([&] { join(std::move(sets), {}); }).what(),
             ContainsSubstring("its labels are numbers, but the other inputs name different classes"));
}

}  // namespace
}  // namespace athanor::data
