#include "unit/data/make.h"

namespace athanor::data {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): helpers of these tests alone
namespace fs = std::filesystem;

TEST_CASE("folder value: images by sorted name, hidden files passed over") {
  const TempFolder folder;
  folder.file("b.png", coded(picture(1)));
  folder.file("a.png", coded(picture(0)));
  folder.file(".thumbs", "no image");
  const auto set = open(folder / "");
  CHECK(set->size() == 2);
  CHECK(set->shape() == Shape{3, 4, 5});
  CHECK_FALSE(set->labelled());
  CHECK(set->classes() == 0);
  CHECK(row(*set, 0) == planes(picture(0)));
  CHECK(row(*set, 1) == planes(picture(1)));
  CHECK(set->records().at(0).name == fs::path(folder / "x").parent_path().filename().string());
}

TEST_CASE("folder value: one subfolder a class, labels by sorted name") {
  const TempFolder folder;
  for (const char* name : {"dog", "cat"}) fs::create_directory(folder / name);
  folder.file("dog/1.png", coded(picture(2)));
  folder.file("cat/2.jpg", coded(picture(9), "jpeg"));
  folder.file("cat/1.png", coded(picture(1)));
  const auto set = open(folder / "");
  REQUIRE(set->size() == 3);
  CHECK(set->class_names() == std::vector<std::string>{"cat", "dog"});
  CHECK(set->classes() == 2);
  CHECK(set->label(1) == 0);
  CHECK(set->label(2) == 1);
  CHECK(row(*set, 2) == planes(picture(2)));
}

TEST_CASE("folder identity: rows are the same whatever the cache holds") {
  const TempFolder folder;
  fill_folder(folder, 30);
  fs::create_directory(folder / ".large");
  for (const int64_t mib : {0, 1, 512}) {
    const auto set = open(folder / "", caching(mib));
    for (int pass = 0; pass < 2; ++pass)
      for (int i = 0; i < 30; ++i) CHECK(row(*set, i) == planes(picture(i)));
  }
}

TEST_CASE("folder identity: a cache smaller than the set gives the same rows") {
  const TempFolder folder;
  // Eight images of 300 kB, of which a cache of 1 MiB holds three.
  for (int i = 0; i < 8; ++i) folder.file(fmt::format("{}.png", i), coded(picture(i, 3, 250, 400)));
  const auto set = open(folder / "", caching(1));
  for (const int i : {7, 0, 3, 3, 1, 2, 4, 5, 6, 7, 0, 6, 5}) CHECK(row(*set, i) == planes(picture(i, 3, 250, 400)));
}

TEST_CASE("folder value: --range says which bytes are black and white") {
  const TempFolder folder;
  folder.file("a.png", coded({.height = 1, .width = 3, .channels = 1, .samples = {16, 126, 236}}));
  const auto set = open(folder / "", ranged({16, 236}));
  CHECK(row(*set, 0) == std::vector<float>{-1, 0, 1});
}

TEST_CASE("folder refusal: files that are no images, unless they may be left out") {
  const TempFolder folder;
  fill_folder(folder, 2);
  folder.file("notes.txt", "hello");
  const std::string wanted =
      folder / "notes.txt" +
      ": not a PNG, JPEG, WebP, TIFF or PNM image; give --skip-unreadable to leave such files out";
  CHECK(refusal([&] { open(folder / ""); }) == wanted);
  const std::string whole = coded(picture(5));
  folder.file("cut.png", whole.substr(0, whole.size() / 2));
  fs::remove(folder / "notes.txt");
  const auto careless = open(folder / "");
  CHECK(careless->size() == 3);
  CHECK(refusal([&] { row(*careless, 2); }) == folder / "cut.png" + ": PNG image ends early");
  folder.file("notes.txt", "hello");
  std::vector<std::string> remarks;
  const auto set = open(folder / "", skipping(), [&](std::string_view line) { remarks.emplace_back(line); });
  CHECK(set->size() == 2);
  CHECK(row(*set, 1) == planes(picture(1)));
  CHECK(remarks ==
        std::vector<std::string>{folder / "notes.txt" + ": left out: not a PNG, JPEG, WebP, TIFF or PNM image",
                                 folder / "cut.png" + ": PNG image ends early; left out"});
}

TEST_CASE("folder refusal: images of two sizes or colours, naming both files") {
  const TempFolder folder;
  folder.file("a.png", coded(picture(0)));
  folder.file("b.png", coded(picture(0, 1)));
  const auto set = open(folder / "");
  CHECK(refusal([&] { row(*set, 1); }) == folder / "b.png" + ": is [1,4,5] but " + folder / "a.png" +
                                              " is [3,4,5]; all images of a set have one size and colour");
}

TEST_CASE("folder refusal: images beside classes, empty folders, folders in classes") {
  const TempFolder folder;
  CHECK(refusal([&] { open(folder / ""); }) == folder / "" + ": holds no PNG, JPEG, WebP, TIFF or PNM images");
  fs::create_directories(folder / "cat");
  CHECK(refusal([&] { open(folder / ""); }) == folder / "cat" + ": holds no PNG, JPEG, WebP, TIFF or PNM images");
  folder.file("cat/1.png", coded(picture(0)));
  folder.file("x.png", coded(picture(0)));
  CHECK(refusal([&] { open(folder / ""); }) ==
        folder / "x.png" + ": lies beside the folder cat; images lie in the folder itself or in one folder a class");
  fs::remove(folder / "x.png");
  fs::create_directory(folder / "cat/small");
  CHECK(refusal([&] { open(folder / ""); }) == folder / "cat/small" + ": is a folder within a class; expected images");
}

TEST_CASE("image file value: a set of one, also through a pipe") {
  const TempFolder folder;
  const std::string bytes = coded(picture(3));
  CHECK(row(*open(folder.file("a.bin", bytes), caching(0)), 0) == planes(picture(3)));
  const athanor::test::Pipe pipe(bytes);
  const auto set = open(pipe.path(), caching(0));
  CHECK(set->size() == 1);
  for (int pass = 0; pass < 2; ++pass) CHECK(row(*set, 0) == planes(picture(3)));
  CHECK(refusal([&] { open(folder.file("b.png", bytes.substr(0, 40))); }) ==
        folder / "b.png" + ": PNG image ends early");
}

TEST_CASE("image file reference: files that Pillow wrote") {
  const std::string from = std::string(ATHANOR_TEST_DATA) + "/images/";
  std::vector<float> rgb(3 * 8 * 6), grey(8 * 6), deep(8 * 6);
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 6; ++x) {
      const int i = y * 6 + x;
      const int samples[3] = {40 * x, 30 * y, 255 - 20 * (x + y)};
      for (int c = 0; c < 3; ++c) rgb[c * 48 + i] = float(samples[c]) / 127.5f - 1.0f;
      grey[i] = float(5 * (8 * x + y)) / 127.5f - 1.0f;
      deep[i] = float(1311 * (8 * x + y)) / 32767.5f - 1.0f;
    }
  for (const char* name : {"rgb.png", "palette.png", "profile.png"}) CHECK(row(*open(from + name), 0) == rgb);
  CHECK(row(*open(from + "grey.png"), 0) == grey);
  CHECK(row(*open(from + "grey16.png"), 0) == deep);
  CHECK(open(from + "rgb.jpg")->shape() == Shape{3, 32, 24});
  CHECK(open(from + "progressive.jpg")->shape() == Shape{3, 32, 24});
  CHECK(open(from + "grey.jpg")->shape() == Shape{1, 32, 24});
  for (const char* name : {"rgb.webp", "rgb.ppm", "tiles.tif", "opaque.png"}) CHECK(row(*open(from + name), 0) == rgb);
  CHECK(refusal([&] { open(from + "alpha.png"); }) ==
        from + "alpha.png: image has transparent pixels; --alpha white, black or #RRGGBB puts them on a colour, " +
            "--alpha keep keeps them");
}

TEST_CASE("image file value: --alpha keeps transparency as a channel or puts it on a colour") {
  const std::string file = std::string(ATHANOR_TEST_DATA) + "/images/alpha.png";
  const auto with = [&](const char* policy) {
    DatasetOptions options;
    image::from_text(policy, options.alpha);
    return open(file, options);
  };
  const auto kept = with("keep");
  REQUIRE(kept->shape() == Shape{4, 8, 6});
  CHECK(row(*kept, 0)[0] == -1);
  CHECK(row(*kept, 0)[3 * 48] == 128 / 127.5f - 1);
  const auto white = with("white");
  REQUIRE(white->shape() == Shape{3, 8, 6});
  // Red 0 under alpha 128 on white: 127 of 255.
  CHECK(row(*white, 0)[0] == 127 / 127.5f - 1);
}

TEST_CASE("image file value: a PNG's text carries its history on") {
  const TempFolder folder;
  const std::string line = R"({"program":"sample"})";
  const auto written = [&](const std::string& history) {
    const std::vector<std::byte> png = image::encode(picture(0), "png", {{"athanor.history", history}});
    return folder.file("a.png", {reinterpret_cast<const char*>(png.data()), png.size()});
  };
  CHECK(open(written(line + "\n" + line))->history() == io::History{line, line});
  CHECK(open(folder.file("b.png", coded(picture(0))))->history().empty());
  CHECK(refusal([&] { open(written("no object")); }) ==
        folder / "a.png" + ": athanor.history: line 1 is not a JSON object");
}

}  // namespace
}  // namespace athanor::data
