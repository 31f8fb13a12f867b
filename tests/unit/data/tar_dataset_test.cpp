#include <thread>

#include "unit/data/make.h"

namespace athanor::data {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): helpers of these tests alone

/// A member of a ustar archive: header, content, padding.
std::string member(const std::string& name, const std::string& content, char type = '0', const std::string& link = "") {
  std::string header(512, '\0');
  const auto put = [&](size_t at, const std::string& text) { header.replace(at, text.size(), text); };
  put(0, name);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, fmt::format("{:011o}", content.size()));
  put(136, "00000000000");
  put(148, "        ");
  header[156] = type;
  put(157, link);
  put(257, "ustar");
  put(263, "00");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(148, fmt::format("{:06o}", sum) + '\0');
  return header + content + std::string((512 - content.size() % 512) % 512, '\0');
}

const std::string kEnd(1024, '\0');

/// Five images, as a flat archive.
std::string flat(int n = 5) {
  std::string tar;
  for (int i = 0; i < n; ++i) tar += member(fmt::format("{}.png", i), coded(picture(i)));
  return tar + kEnd;
}

std::string fixture(const std::string& name) { return std::string(ATHANOR_TEST_DATA) + "/images/" + name; }

TEST_CASE("tar value: images in the archive's order, from a file and through a pipe") {
  const TempFolder folder;
  const std::string tar = member("./", "", '5') + member("./b.png", coded(picture(1))) +
                          member("./a.jpg", coded(picture(9), "jpeg")) + member("./.DS_Store", "hidden") +
                          member("./._c.png", "hidden too") + member("./c.webp", coded(picture(2), "webp")) + kEnd;
  const auto mapped = open(folder.file("set.bin", tar));
  const athanor::test::Pipe pipe(tar);
  const auto piped = open(pipe.path());
  for (const Dataset* set : {mapped.get(), piped.get()}) {
    REQUIRE(set->size() == 3);
    CHECK(set->shape() == Shape{3, 4, 5});
    CHECK_FALSE(set->labelled());
    CHECK(row(*set, 0) == planes(picture(1)));
    CHECK(row(*set, 2) == planes(picture(2)));
    CHECK(row(*set, 0) == planes(picture(1)));
  }
  CHECK(mapped->records().at(0).bytes == tar.size());
  CHECK(mapped->records().at(0).header_sha256 == piped->records().at(0).header_sha256);
}

TEST_CASE("tar value: one folder a class, labels by sorted name, below any folder") {
  const TempFolder folder;
  for (const std::string top : {"", "set/", "./a/b/", "/absolute/", "../../"}) {
    const std::string tar = member(top + "dog/1.png", coded(picture(0))) +
                            member(top + "cat/1.png", coded(picture(1))) +
                            member(top + "dog/2.png", coded(picture(2))) + kEnd;
    if (top == "../../") {
      // What would climb out of the archive counts as hidden, like every name with a dot before it.
      CHECK(refusal([&] { open(folder.file("x.tar", tar)); }) ==
            folder / "x.tar" + ": holds no PNG, JPEG, WebP, TIFF or PNM images");
      continue;
    }
    const auto set = open(folder.file("x.tar", tar));
    CHECK(set->class_names() == std::vector<std::string>{"cat", "dog"});
    CHECK(set->classes() == 2);
    CHECK(set->label(0) == 1);
    CHECK(set->label(1) == 0);
    CHECK(set->label(2) == 1);
  }
}

TEST_CASE("tar value: the numbers in KEY.cls are labels, other companions are passed over") {
  const TempFolder folder;
  const std::string tar = member("s/000.cls", "7\n") + member("s/000.png", coded(picture(0))) +
                          member("s/000.json", "{}") + member("s/001.seg.png", coded(picture(1))) +
                          member("s/001.cls", "3") + member("s/001.txt", "a cat") + kEnd;
  const auto set = open(folder.file("x.tar", tar));
  REQUIRE(set->size() == 2);
  CHECK(set->label(0) == 7);
  CHECK(set->label(1) == 3);
  CHECK(set->classes() == 8);
  CHECK(set->class_names().empty());
}

TEST_CASE("tar reference: archives that Python's tarfile wrote, packed and plain") {
  for (const char* name : {"set.gnu.tar", "set.pax.tar", "set.tar.gz", "set.tar.xz", "set.tar.zst"}) {
    INFO(name);
    const auto set = open(fixture(name));
    REQUIRE(set->size() == 2);
    CHECK(set->shape() == Shape{3, 8, 6});
    CHECK(set->class_names() == std::vector<std::string>{"cat", "\xc3\xa9t\xc3\xa9"});
    CHECK(row(*set, 0) == row(*open(fixture("rgb.png")), 0));
    CHECK(row(*set, 1) == row(*set, 0));
  }
}

/// Names another folder for temporary files while it lives.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const char* path) {
    if (const char* before = std::getenv("TMPDIR")) before_ = before;
    ::setenv("TMPDIR", path, 1);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { before_.empty() ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", before_.c_str(), 1); }

 private:
  std::string before_;
};

TEST_CASE("tar limit: only what is packed or piped needs a temporary file") {
  const TempFolder folder;
  const std::string plain = folder.file("x.tar", flat());
  const TemporaryFolder nowhere("/nowhere");
  CHECK(row(*open(plain, caching(0)), 4) == planes(picture(4)));
  CHECK(refusal([&] { open(fixture("set.tar.xz")); }) ==
        fixture("set.tar.xz") + ": /nowhere: cannot make a temporary file: no such file or directory");
}

TEST_CASE("tar two ways: rows read by several threads are those read by one") {
  const TempFolder folder;
  const auto set = open(folder.file("x.tar", flat(40)), caching(0));
  std::vector<std::vector<float>> rows(40);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = t; i < 40; i += 4) rows[i] = row(*set, i);
    });
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < 40; ++i) CHECK(rows[i] == planes(picture(i)));
}

TEST_CASE("tar refusal: an archive cut anywhere before its end mark") {
  const TempFolder folder;
  const std::string whole = flat(3);
  const size_t needed = whole.size() - kEnd.size();
  for (size_t size = 300; size < needed + 512; size += 64) {
    INFO(size);
    const std::string cut = whole.substr(0, size);
    CHECK(refusal([&] { open(folder.file("cut.tar", cut)); }) != "");
    const athanor::test::Pipe pipe(cut);
    CHECK(refusal([&] { open(pipe.path()); }) != "");
  }
  CHECK(refusal([&] { open(folder.file("cut.tar", whole.substr(0, needed))); }) ==
        folder / "cut.tar" + ": tar archive is damaged or ends early after '2.png'");
  for (const char* name : {"set.tar.gz", "set.tar.xz", "set.tar.zst"}) {
    const std::string packed = athanor::test::content_of(fixture(name));
    for (size_t eighth = 1; eighth < 8; ++eighth)
      CHECK(refusal([&] { open(folder.file("cut", packed.substr(0, packed.size() * eighth / 8))); }) != "");
  }
}

TEST_CASE("tar refusal: a changed header, and bytes after the end; several archives in a row are one") {
  const TempFolder folder;
  const std::string whole = flat(2);
  std::string changed = whole;
  changed[512 + 512 + 3] ^= 1;  // the second member's name
  CHECK(refusal([&] { open(folder.file("x.tar", changed)); }) ==
        folder / "x.tar" + ": tar archive is damaged or ends early after '0.png'");
  CHECK(refusal([&] { open(folder.file("x.tar", whole + std::string(512, 'x'))); }) ==
        folder / "x.tar" + ": tar archive is damaged or ends early after '1.png'");
  const std::string second = member("2.png", coded(picture(2))) + kEnd;
  CHECK(row(*open(folder.file("x.tar", whole + second)), 2) == planes(picture(2)));
}

TEST_CASE("tar refusal: what is no image and belongs to none, unless it may be left out") {
  const TempFolder folder;
  const std::string image = member("a.png", coded(picture(0)));
  const std::string other = ": not a PNG, JPEG, WebP, TIFF or PNM image and none of that name is there";
  const std::string skip = "; give --skip-unreadable to leave such files out";
  const std::pair<std::string, std::string> table[] = {
      {member("notes.txt", "hello") + image, "notes.txt" + other + skip},
      {image + member("b.cls", "3"), "b.cls" + other + skip},
      {image + member("b.png", "no image"), "b.png" + other + skip},
      {image + member("b.png", "", '2', "/etc/passwd"), "b.png: a link or device, no image" + skip},
      {image + member("b.png", "", '1', "a.png"), "b.png: a link or device, no image" + skip},
      {image + member("a.cls", "cat"), "a.cls: expected the number of a class"},
      {image + member("a.cls", "-1"), "a.cls: expected the number of a class"},
      {image + member("a.cls", "1") + member("b.png", coded(picture(1))),
       "b.png: has no class beside it in b.cls, but others have"},
      {image + member("cat/b.png", coded(picture(1))),
       "cat/b.png: does not lie beside a.png or in a folder beside its own; images lie together or in one folder a "
       "class"},
      {member("x/cat/a.png", coded(picture(1))) + member("cat/b.png", coded(picture(1))),
       "cat/b.png: does not lie beside x/cat/a.png or in a folder beside its own; images lie together or in one folder "
       "a class"},
      {member("notes", "", '5'), "holds no PNG, JPEG, WebP, TIFF or PNM images"},
  };
  for (const auto& [members, wanted] : table) {
    const std::string path = folder.file("x.tar", members + kEnd);
    CHECK(refusal([&] { open(path); }) == path + ": " + wanted);
  }
  const std::string packed = "\x28\xb5\x2f\xfd nothing that Zstandard knows";
  CHECK(refusal([&] { open(folder.file("x", packed)); }) == folder / "x" + ": holds no tar archive that can be read");

  std::vector<std::string> remarks;
  const std::string broken = coded(picture(5));
  const std::string mixed = member("notes.txt", "hello") + image + member("link.png", "", '2', "a.png") +
                            member("cut.png", broken.substr(0, broken.size() / 2)) + kEnd;
  const auto set =
      open(folder.file("x.tar", mixed), skipping(), [&](std::string_view line) { remarks.emplace_back(line); });
  CHECK(set->size() == 1);
  CHECK(remarks == std::vector<std::string>{folder / "x.tar" + ": link.png: left out: a link or device, no image",
                                            folder / "x.tar" + ": notes.txt: left out" + other,
                                            folder / "x.tar" + ": cut.png: PNG image ends early; left out"});
}

TEST_CASE("tar refusal: a damaged image names archive and entry") {
  const TempFolder folder;
  const std::string whole = coded(picture(1));
  const std::string tar = member("a.png", coded(picture(0))) + member("b.png", whole.substr(0, 50)) +
                          member("c.png", coded(picture(0, 1))) + kEnd;
  const auto set = open(folder.file("x.tar", tar));
  REQUIRE(set->size() == 3);
  CHECK(refusal([&] { row(*set, 1); }) == folder / "x.tar" + ": b.png: PNG image ends early");
  CHECK(refusal([&] { row(*set, 2); }) == folder / "x.tar" + ": c.png: is [1,4,5] but " + folder / "x.tar" +
                                              ": a.png is [3,4,5]; all images of a set have one size and colour");
}

}  // namespace
}  // namespace athanor::data
