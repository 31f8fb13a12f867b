#include <cmath>
#include <limits>

#include "io/tensor_writer.h"
#include "unit/data/make.h"

namespace athanor::data {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): helpers of these tests alone

const std::string kFixtures = std::string(ATHANOR_TEST_DATA) + "/images/";

TEST_CASE("tensor value: bytes [N,H,W] and [N,C,H,W] are x/127.5 - 1") {
  const TempFolder folder;
  const std::vector<uint8_t> bytes{0, 255, 51, 204, 1, 2};
  const auto grey = open(folder.file("a.npy", npy(DType::u8, {2, 1, 3}, bytes)));
  CHECK(grey->shape() == Shape{1, 1, 3});
  CHECK(row(*grey, 1) == std::vector<float>{204 / 127.5f - 1, 1 / 127.5f - 1, 2 / 127.5f - 1});
  const auto colour = open(folder.file("b.npy", npy(DType::u8, {1, 3, 1, 2}, bytes)));
  CHECK(colour->shape() == Shape{3, 1, 2});
  CHECK(row(*colour, 0)[1] == 1.0f);
}

TEST_CASE("tensor value: floats are images in [-1,1] or vectors as they are") {
  const TempFolder folder;
  const auto images = open(folder.file("a.npy", npy<float>(DType::f32, {1, 1, 1, 2}, {-1, 0.25f})));
  CHECK(row(*images, 0) == std::vector<float>{-1, 0.25f});
  const auto vectors = open(folder.file("b.npy", npy<double>(DType::f64, {2, 2}, {7, -8, 9, 10.5})));
  CHECK(vectors->shape() == Shape{2});
  CHECK(row(*vectors, 1) == std::vector<float>{9, 10.5});
}

TEST_CASE("tensor value: --range maps any numbers") {
  const TempFolder folder;
  const std::string path = folder.file("a.npy", npy<int32_t>(DType::i32, {1, 1, 2, 2}, {0, 500, 1000, 250}));
  CHECK(row(*open(path, ranged({0, 1000})), 0) == std::vector<float>{-1, 0, 1, -0.5f});
  CHECK(refusal([&] { open(path); }) == path + ": 'arr_0' is I32; --range must say which values mean black and white");
  CHECK(refusal([&] { open(path, ranged({1, 0})); }) == "--range: expected two numbers LOW,HIGH with LOW < HIGH");
}

TEST_CASE("tensor two ways: IDX gzipped with its labels, and the same images as floats") {
  const auto idx = open(kFixtures + "images.idx.gz", labelled_by(kFixtures + "labels.idx"));
  const auto floats = open(kFixtures + "floats.npy");
  REQUIRE(idx->size() == 5);
  REQUIRE(floats->size() == 5);
  CHECK(idx->shape() == Shape{1, 8, 6});
  CHECK(idx->classes() == 6);
  CHECK(idx->label(2) == 4);
  CHECK(idx->records().at(0).name == "images.idx.gz");
  for (int i = 0; i < 5; ++i) {
    const std::vector<float> one = row(*idx, i), three = row(*floats, i);
    for (size_t k = 0; k < three.size(); ++k) CHECK(std::abs(three[k] - one[k % one.size()]) <= 1.2e-7f);
  }
}

TEST_CASE("tensor identity: a pipe gives what the file gives, in any order") {
  const TempFolder folder;
  const std::string path = folder / "a.safetensors";
  constexpr int64_t kRows = 300, kValues = 32 * 32;
  std::vector<float> values(kRows * kValues);
  for (size_t i = 0; i < values.size(); ++i) values[i] = float(i % 2001) / 1000.0f - 1.0f;
  const std::vector<int64_t> labels(kRows, 3);
  {
    io::TensorWriter writer({path}, io::Existing::refuse, "safetensors",
                            {{.name = "images", .dtype = DType::f32, .shape = {kRows, 1, 32, 32}},
                             {.name = "labels", .dtype = DType::i64, .shape = {kRows}}},
                            {{"athanor.history", "{\"program\":\"p\"}"}});
    writer.write("labels", std::as_bytes(std::span(labels)));
    writer.write("images", std::as_bytes(std::span(values)));
    writer.finish();
  }
  const std::string bytes = athanor::test::content_of(path);
  const auto file = open(path);
  const athanor::test::Pipe pipe(bytes);
  const auto stream = open(pipe.path());
  CHECK(file->history() == io::History{"{\"program\":\"p\"}"});
  CHECK(stream->history() == file->history());
  CHECK(stream->records().at(0).header_sha256 == file->records().at(0).header_sha256);
  CHECK(stream->label(299) == 3);
  for (const int i : {299, 0, 150, 7}) CHECK(row(*stream, i) == row(*file, i));
  const athanor::test::Pipe cut(bytes.substr(0, bytes.size() / 2));
  CHECK(refusal([&] { open(cut.path()); }).find("input ends early") != std::string::npos);
}

TEST_CASE("tensor refusal: values beyond [-1,1], NaN and infinity, by row") {
  const TempFolder folder;
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  const std::string path = folder.file("a.npy", npy<float>(DType::f32, {3, 1, 1, 1}, {0, 1.5f, kNan}));
  const auto set = open(path);
  CHECK(row(*set, 0) == std::vector<float>{0});
  CHECK(refusal([&] { row(*set, 1); }) ==
        path + ": row 1 of 'arr_0' holds 1.5, outside [-1,1]; --range tells other values");
  CHECK(refusal([&] { row(*set, 2); }) == path + ": row 2 of 'arr_0' holds NaN");
  CHECK(refusal([&] { row(*set, 3); }).find("there is no row 3 among 3") != std::string::npos);
  const std::string vectors = folder.file("b.npy", npy<float>(DType::f32, {1, 1}, {HUGE_VALF}));
  CHECK(refusal([&] { row(*open(vectors), 0); }) == vectors + ": row 0 of 'arr_0' holds infinity");
}

TEST_CASE("tensor value: channels that come last are put first") {
  const TempFolder folder;
  const std::vector<uint8_t> pixels{0, 51, 102, 153, 204, 255};  // two pixels of three channels
  const auto set = open(folder.file("a.npy", npy(DType::u8, {1, 2, 1, 3}, pixels)));
  CHECK(set->shape() == Shape{3, 2, 1});
  const std::vector<float> expected{-1, 153 / 127.5f - 1, 51 / 127.5f - 1, 204 / 127.5f - 1, 102 / 127.5f - 1, 1};
  CHECK(row(*set, 0) == expected);
}

TEST_CASE(
    "tensor value: latents are images of any number of channels, and --range lets their values be what they are") {
  const TempFolder folder;
  const std::vector<float> values{-4, 0.5f, 3, 1, 2, -2.5f, 0, 8};
  const std::string file = folder.file("latents.npy", npy(DType::f32, {1, 4, 1, 2}, values));
  DatasetOptions options;
  options.range = {-1, 1};
  const auto set = open_dataset({file}, options, {});
  CHECK(set->shape() == Shape{4, 1, 2});
  CHECK(row(*set, 0) == values);
  CHECK(refusal([&] { row(*open(file), 0); }) ==
        file + ": row 0 of 'arr_0' holds -4, outside [-1,1]; --range tells other values");
}

TEST_CASE("tensor refusal: shapes that are neither images nor vectors") {
  const TempFolder folder;
  const std::string flat = folder.file("b.npy", npy(DType::u8, {2, 6}, std::vector<uint8_t>(12)));
  CHECK(refusal([&] { open(flat); }) == flat +
                                            ": 'arr_0' is U8 [2,6]; expected images [N,H,W], [N,C,H,W] or [N,H,W,C] of "
                                            "1 or 3 channels (floats: of any number), or vectors "
                                            "of floats [N,D]");
  const std::string empty = folder.file("c.npy", npy(DType::u8, {0, 2, 2}, std::vector<uint8_t>{}));
  CHECK(refusal([&] { open(empty); }) == empty + ": 'arr_0' is [0,2,2], which holds nothing");
}

TEST_CASE("tensor refusal: labels of another length, type or sign, or twice") {
  const TempFolder folder;
  const std::string images = kFixtures + "images.idx.gz";
  const auto with = [&](const std::string& bytes) {
    return refusal([&] { open(images, labelled_by(folder.file("l.npy", bytes))); });
  };
  const std::string l = folder / "l.npy";
  CHECK(with(npy<int64_t>(DType::i64, {2}, {0, 1})) == l + ": 2 labels for the 5 rows of " + images);
  CHECK(with(npy<int8_t>(DType::i8, {5}, {0, 1, 2, -1, 0})) == l + ": the label of row 3 is negative");
  CHECK(with(npy<float>(DType::f32, {5}, {0, 1, 2, 1, 0})) == l + ": labels are F32; expected whole numbers");
  CHECK(with(npy<int64_t>(DType::i64, {5, 1}, {0, 1, 2, 1, 0})) == l + ": labels have the shape [5,1]; expected [N]");
  CHECK(with(npy<int64_t>(DType::i64, {5}, {0, 1, 2, int64_t{1} << 40, 0})) ==
        l + ": the label of row 3 is 1099511627776; expected class numbers");
  CHECK(refusal([&] { open("-", labelled_by("-")); }) == "data and --labels cannot both be standard input");
}

}  // namespace
}  // namespace athanor::data
