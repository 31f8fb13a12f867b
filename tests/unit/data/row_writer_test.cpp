#include "data/row_writer.h"

#include <limits>

#include "image/bitmap.h"
#include "unit/data/make.h"

namespace athanor::data {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): helpers of these tests alone
using athanor::test::content_of;
using io::Existing;

/// Six pictures as rows, labelled 0 1 2 0 1 2.
RowsHeader header() {
  return {.count = 6,
          .shape = {3, 4, 5},
          .labels = {0, 1, 2, 0, 1, 2},
          .class_names = {"ant", "bee"},
          .first = 5,
          .history = {"{\"program\":\"p\"}"}};
}
RowsHeader bare(int64_t count, const Shape& shape, const std::vector<int64_t>& labels = {}) {
  RowsHeader header;
  header.count = count;
  header.shape = shape;
  header.labels = labels;
  return header;
}
std::vector<float> rows(int first, int n) {
  std::vector<float> values;
  for (int i = first; i < first + n; ++i) {
    const std::vector<float> one = planes(picture(i));
    values.insert(values.end(), one.begin(), one.end());
  }
  return values;
}

void write(const std::string& path, const RowsHeader& h, Existing existing = Existing::refuse) {
  const auto writer = open_row_writer({path}, existing, h, {}, {});
  writer->write(rows(0, 2));
  writer->write(rows(2, 4));
  writer->finish();
}

TEST_CASE("row writer identity: safetensors and .npy come back as a dataset") {
  const TempFolder folder;
  write(folder / "a.safetensors", header());
  write(folder / "a.npy", header());
  const auto tensors = open(folder / "a.safetensors"), array = open(folder / "a.npy");
  CHECK(tensors->history() == header().history);
  CHECK(tensors->classes() == 3);
  CHECK_FALSE(array->labelled());
  for (int i = 0; i < 6; ++i) {
    CHECK(row(*tensors, i) == planes(picture(i)));
    CHECK(row(*array, i) == planes(picture(i)));
    CHECK(tensors->label(i) == i % 3);
  }
}

TEST_CASE("row writer value: a folder of numbered PNGs with their history") {
  const TempFolder folder;
  write(folder / "out/", header());
  const auto set = open(folder / "out/");
  REQUIRE(set->size() == 6);
  CHECK(row(*set, 5) == planes(picture(5)));
  CHECK(std::filesystem::exists(folder / "out/000005.png"));
  CHECK(std::filesystem::exists(folder / "out/000010.png"));
  CHECK(content_of(folder / "out/000005.png").find("{\"program\":\"p\"}") != std::string::npos);
  CHECK(refusal([&] { write(folder / "out/", header()); }).find("000005.png") != std::string::npos);
  write(folder / "out/", header(), Existing::replace);
}

TEST_CASE("row writer value: sheets, PNG with its history") {
  const TempFolder folder;
  write(folder / "a.png", header());
  write(folder / "a.jpg", header());
  CHECK(content_of(folder / "a.png").find("athanor.history") != std::string::npos);
  CHECK(open(folder / "a.png")->shape() == open(folder / "a.jpg")->shape());
  CHECK(folder.names().size() == 2);
}

TEST_CASE("row writer limit: stored images lie in [-1,1], vectors are left alone") {
  const TempFolder folder;
  const std::vector<float> wide{-1.5f, 1.25f};
  for (const Shape& shape : {Shape{1, 1, 2}, Shape{2}}) {
    const bool images = shape.size() == 3;
    const std::string path = folder / (images ? "images" : "vectors");
    const auto writer = open_row_writer({path}, Existing::refuse, bare(1, shape), {}, {});
    writer->write(wide);
    writer->finish();
    CHECK(row(*open(path), 0) == (images ? std::vector<float>{-1, 1} : wide));
  }
}

TEST_CASE("row writer refusal: too few rows, too many, NaN; and no file is left") {
  const TempFolder folder;
  for (const char* name : {"a.safetensors", "a.npy", "a.png"}) {
    const auto writer = open_row_writer({folder / name}, Existing::refuse, header(), {}, {});
    writer->write(rows(0, 5));
    CHECK(refusal([&] { writer->finish(); }) == folder / name + ": 5 rows of 6 were written");
    CHECK(refusal([&] { writer->write(rows(0, 2)); }) == folder / name + ": more than the 6 rows promised");
    CHECK(refusal([&] { writer->write(std::vector<float>(7)); }) ==
          folder / name + ": 7 values are no whole rows of [3,4,5]");
    const std::vector<float> nan(60, std::numeric_limits<float>::quiet_NaN());
    CHECK(refusal([&] { writer->write(nan); }) == folder / name + ": a row to be written holds NaN");
  }
  CHECK(folder.names().empty());
}

TEST_CASE("row writer refusal: sinks that cannot show the rows") {
  const TempFolder folder;
  const auto said = [&](const char* name, const RowsHeader& h) {
    return athanor::test::error_of([&] { open_row_writer({folder / name}, Existing::refuse, h, {}, {}); });
  };
  const RowsHeader vectors = bare(1, {3});
  CHECK(said("a.png", vectors).kind() == ErrorKind::usage);
  CHECK(said("a.png", vectors).what() == folder / "a.png" + ": vectors of 3 components go to .safetensors or .npy");
  CHECK(said("a.svg", header()).what() == folder / "a.svg" + ": an SVG shows vectors; images go to .png or .jpg");
  CHECK(said("a.jpg", bare(1, {4, 2, 2})).what() == folder / "a.jpg" + ": images of 4 channels cannot be drawn");
  CHECK(said("a.npy", bare(2, {3}, {1})).what() == folder / "a.npy" + ": 1 labels for 2 rows");
  folder.file("old.png", "x");
  CHECK(said("old.png", header()).kind() == ErrorKind::io);
  CHECK(folder.names().size() == 1);
}

}  // namespace
}  // namespace athanor::data
