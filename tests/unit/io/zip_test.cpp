#include "io/zip.h"

#include <fcntl.h>

#include "io/spool.h"
#include "support/zip_file.h"

namespace athanor::io {
namespace {

using test::error_of;
using test::little_endian;
using test::TempFolder;
using test::zip_of;
using test::ZipEnd;
using test::ZipPart;

Input input_of(std::string_view bytes) { return Input::memory(std::as_bytes(std::span(bytes)), "x.zip"); }

/// Names and contents of all entries, each read in full.
std::vector<std::pair<std::string, std::string>> contents(const Input& archive) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const ZipEntry& entry : read_zip_directory(archive).entries) {
    Input input = open_entry(archive, entry);
    std::string text(entry.size + 1, '\0');
    text.resize(input.read_full(std::as_writable_bytes(std::span(text))));
    all.emplace_back(entry.name, text);
  }
  return all;
}

/// What reading an archive says.
Error refusal(const std::string& bytes) {
  const Error error = error_of([&] { contents(input_of(bytes)); });
  CHECK(error.kind() == ErrorKind::data);
  return error;
}

const std::vector<ZipPart> kParts{{.name = "a", .data = "hello"},
                                  {.name = "folder/b", .data = "deflated", .deflate = true},
                                  {.name = "empty", .data = ""}};

/// An archive as ZipWriter makes it.
std::string written(const TempFolder& folder, std::string_view comment = "") {
  Output output = Output::open({folder / "w.zip"}, Existing::replace);
  ZipWriter zip(output);
  zip.begin("a", 5);
  zip.write("hel");
  zip.write("lo");
  zip.begin("folder/é", 0);
  zip.begin("c", 3, 4096);
  zip.write("xyz");
  zip.finish(comment);
  output.finish();
  return test::content_of(folder / "w.zip");
}

TEST_CASE("zip: value: stored and deflated entries, and what is before and after them", "[io]") {
  const std::string archive = zip_of(kParts, {.comment = "a comment"});
  const Input input = input_of(archive);
  const ZipDirectory directory = read_zip_directory(input);
  CHECK(directory.comment == "a comment");
  REQUIRE(directory.entries.size() == 3);
  CHECK_FALSE(directory.entries[0].deflated);
  CHECK(directory.entries[1].deflated);
  CHECK(directory.entries[1].size == 8);
  CHECK(directory.find("empty") == &directory.entries[2]);
  CHECK(directory.find("none") == nullptr);
  CHECK(contents(input) ==
        std::vector<std::pair<std::string, std::string>>{{"a", "hello"}, {"folder/b", "deflated"}, {"empty", ""}});
  CHECK(open_entry(input, directory.entries[0]).resident());
  CHECK_FALSE(open_entry(input, directory.entries[1]).resident());
}

TEST_CASE("zip: value: an archive without entries, and a comment that looks like an end", "[io]") {
  CHECK(contents(input_of(zip_of({}))).empty());
  const std::string end = zip_of({});
  const std::string archive = zip_of(kParts, {.comment = end + "not the last byte"});
  CHECK(contents(input_of(archive)).size() == 3);
}

TEST_CASE("zip: two ways: what is written reads back, aligned as asked", "[io]") {
  const TempFolder folder;
  const std::string bytes = written(folder, "{\"k\":\"v\"}");
  const Input input = input_of(bytes);
  CHECK(contents(input) ==
        std::vector<std::pair<std::string, std::string>>{{"a", "hello"}, {"folder/é", ""}, {"c", "xyz"}});
  const ZipDirectory directory = read_zip_directory(input);
  CHECK(directory.comment == "{\"k\":\"v\"}");
  CHECK(directory.entries[0].offset % 64 == 0);
  CHECK(directory.entries[2].offset % 4096 == 0);
  CHECK(directory.entries[0].crc == test::crc32("hello"));
}

TEST_CASE("zip: refusal to write an entry that is not as long as promised", "[io]") {
  const TempFolder folder;
  const auto with_zip = [&](auto body) {
    Output output = Output::open({folder / "x"}, Existing::refuse);
    ZipWriter zip(output);
    zip.begin("a", 2);
    zip.write("x");
    const Error error = error_of([&] { body(zip); });
    CHECK(error.kind() == ErrorKind::data);
    const std::string text = error.what();
    return text.starts_with(folder / "x: ") ? text.substr((folder / "x: ").size()) : text;
  };
  CHECK(with_zip([](ZipWriter& zip) { zip.write("yz"); }) == "too many bytes for 'a'");
  CHECK(with_zip([](ZipWriter& zip) { zip.begin("b", 0); }) == "'a' lacks 1 of its 2 bytes");
  CHECK(with_zip([](ZipWriter& zip) { zip.finish(""); }) == "'a' lacks 1 of its 2 bytes");
  CHECK(with_zip([](ZipWriter& zip) {
          zip.write("y");
          zip.finish(std::string(65536, 'c'));
        }) == "a zip comment of 65536 bytes is too long");
  CHECK(with_zip([](ZipWriter& zip) {
          zip.write("y");
          zip.begin(std::string(70'000, 'n'), 0);
        }) == "a name of 70000 bytes is too long for a zip archive");
  CHECK(folder.names().empty());
}

TEST_CASE("zip: limit: an archive cut at any byte is refused", "[io]") {
  const TempFolder folder;
  for (const std::string& archive : {zip_of(kParts, {.comment = "c"}), written(folder, "c")})
    for (size_t n = 0; n < archive.size(); ++n) {
      CAPTURE(n);
      refusal(archive.substr(0, n));
    }
}

TEST_CASE("zip: law: an archive with one wrong bit is refused or reads as before", "[io]") {
  const TempFolder folder;
  for (const std::string& archive : {zip_of(kParts), written(folder)}) {
    const auto expected = contents(input_of(archive));
    std::string changed = archive;
    for (size_t bit = 0; bit < 8 * archive.size(); ++bit) {
      const auto turn = [&] { changed[bit / 8] = char(changed[bit / 8] ^ 1 << bit % 8); };
      turn();
      try {
        if (contents(input_of(changed)) != expected) FAIL("bit " << bit);
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::data) FAIL("bit " << bit << ": " << error.what());
      }
      turn();
    }
  }
}

constexpr uint64_t kWide = 0xffffffff;  ///< the true value stands in the Zip64 field

std::string zip64_field(std::vector<uint64_t> values) {
  std::string text = little_endian(1, 2) + little_endian(8 * values.size(), 2);
  for (const uint64_t value : values) text += little_endian(value, 8);
  return text;
}

TEST_CASE("zip: refusal of every directory that is not what it ought to be", "[io]") {
  struct Case {
    const char* what;
    std::vector<ZipPart> parts;
    ZipEnd end = {};
    const char* text;
  };
  const auto part = [](auto change) {
    ZipPart p{.name = "a", .data = "hello"};
    change(p);
    return std::vector{p, ZipPart{.name = "b", .data = "world"}};
  };
  const std::vector<ZipPart> good = part([](ZipPart&) {});
  const std::vector<Case> cases{
      {"encrypted", part([](ZipPart& p) { p.flags = 1; }), {}, "zip entry 'a': is encrypted"},
      {"bzip2", part([](ZipPart& p) { p.method = 12; }), {}, "its compression (12) is not supported"},
      {"one name twice", {{.name = "a", .data = "x"}, {.name = "a", .data = "y"}}, {}, "the name is there twice"},
      {"the same bytes twice", {{.name = "a", .data = "x"}, {.name = "b", .data = "x", .offset = 0}}, {}, "disagrees"},
      {"own name differs", part([](ZipPart& p) { p.own_name = "z"; }), {}, "its header disagrees with the directory"},
      {"own method differs", part([](ZipPart& p) { p.method = 8; }), {}, "its header disagrees with the directory"},
      {"offset outside", part([](ZipPart& p) { p.offset = 5000; }), {}, "a record is cut short"},
      {"offset of no entry", part([](ZipPart& p) { p.offset = 1; }), {}, "a record has the wrong signature"},
      {"data reach into the next entry", part([](ZipPart& p) { p.packed = p.size = 40; }), {}, "overlap"},
      {"data reach into the directory", part([](ZipPart& p) { p.packed = p.size = 100; }), {}, "are cut short"},
      {"stored sizes differ", part([](ZipPart& p) { p.size = 4; }), {}, "5 bytes cannot unpack to 4"},
      {"checksum", part([](ZipPart& p) { p.crc = 1; }), {}, "its checksum differs"},
      {"deflate bomb", {{.name = "a", .data = "x", .deflate = true, .size = 1 << 20}}, {}, "cannot unpack to 1048576"},
      {"unpacks to more", {{.name = "a", .data = "hello", .deflate = true, .size = 4}}, {}, "does not unpack to the 4"},
      {"unpacks to less", {{.name = "a", .data = "hello", .deflate = true, .size = 6}}, {}, "does not unpack to the 6"},
      {"packed cut", {{.name = "a", .data = "hello", .deflate = true, .packed = 7}}, {}, "are cut short"},
      {"deflate checksum", {{.name = "a", .data = "hello", .deflate = true, .crc = 2}}, {}, "its checksum differs"},
      {"on another disk", part([](ZipPart& p) { p.disk = 1; }), {}, "several disks"},
      {"several disks", good, {.disk = 1}, "several disks"},
      {"too few entries counted", good, {.count = 1}, "more than 1 entries"},
      {"too many entries counted", good, {.count = 3}, "the zip archive is damaged"},
      {"far too many entries counted", good, {.count = 60000}, "60000 entries in 94 bytes"},
      {"directory longer than it is", good, {.bytes = 95}, "does not lie where its end says"},
      {"directory shorter than it is", good, {.bytes = 93}, "does not lie where its end says"},
      {"directory elsewhere", good, {.offset = 71}, "does not lie where its end says"},
      {"directory behind the end", good, {.offset = 0xfffffff0}, "does not lie where its end says"},
      {"bytes before the end", good, {.before = "x"}, "does not lie where its end says"},
      {"comment shorter than promised", good, {.comment = "xy", .comment_bytes = 3}, "lacks its directory"},
      {"bytes after the comment", good, {.comment = "xy", .comment_bytes = 1}, "lacks its directory"},
      {"extra field cut",
       part([](ZipPart& p) { p.extra = little_endian(7, 2) + little_endian(9, 2); }),
       {},
       "an extra"},
      {"Zip64 field cut",
       part([](ZipPart& p) {
         p.size = p.packed = kWide;
         p.extra = zip64_field({5});
       }),
       {},
       "a Zip64 field is cut short"},
      {"Zip64 sizes too large",
       part([](ZipPart& p) {
         p.size = p.packed = kWide;
         p.extra = zip64_field({UINT64_MAX, UINT64_MAX});
       }),
       {},
       "its data are cut short"},
      {"Zip64 offset too large",
       part([](ZipPart& p) {
         p.offset = kWide;
         p.extra = zip64_field({UINT64_MAX - 8});
       }),
       {},
       "a record is cut short"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    CHECK_THAT(refusal(zip_of(c.parts, c.end)).what(), Catch::Matchers::ContainsSubstring(c.text));
  }
  CHECK(contents(input_of(zip_of(good))).size() == 2);
  // The entry's own header lies within the data of the one before.
  std::string inner = zip_of({{.name = "b", .data = "x"}}).substr(0, 31);
  const std::vector<ZipPart> nested{{.name = "a", .data = inner, .size = inner.size() + 1, .packed = inner.size() + 1},
                                    {.name = "b", .data = "x", .offset = 31}};
  CHECK_THAT(refusal(zip_of(nested)).what(), Catch::Matchers::ContainsSubstring("overlap"));
}

TEST_CASE("zip: limit: entries beyond 4 GiB are found by their Zip64 fields", "[io]") {
  constexpr uint64_t kHole = (uint64_t{5} << 30) + 3;
  const auto local = [](const std::string& name) {
    return "PK\3\4" + little_endian(45, 2) + little_endian(0, 4) + little_endian(0, 8) + little_endian(0xffffffff) +
           little_endian(1, 2) + little_endian(0, 2) + name;
  };
  const auto central = [](const std::string& name, uint64_t size, uint64_t offset) {
    return "PK\1\2" + little_endian(45, 4) + little_endian(0, 4) + little_endian(0, 4) +
           little_endian(test::crc32("tail"), 4) + little_endian(UINT64_MAX) + little_endian(1, 2) +
           little_endian(28, 2) + little_endian(0, 2) + little_endian(0, 2) + little_endian(0, 6) +
           little_endian(0xffffffff, 4) + name + zip64_field({size, size, offset});
  };
  const std::string first = local("a"), second = local("b") + "tail";
  const uint64_t at = first.size() + kHole, start = at + second.size();
  const std::string directory = central("a", kHole, 0) + central("b", 4, at);
  const std::string end = "PK\6\6" + little_endian(44) + little_endian(45, 4) + little_endian(0) + little_endian(2) +
                          little_endian(2) + little_endian(directory.size()) + little_endian(start) + "PK\6\7" +
                          little_endian(0, 4) + little_endian(start + directory.size()) + little_endian(1, 4) +
                          "PK\5\6" + little_endian(0, 4) + little_endian(0xffffffff, 4) + little_endian(UINT64_MAX) +
                          little_endian(0, 2);
  const TempFolder folder;
  const std::string path = folder.file("sparse.zip", first);
  std::filesystem::resize_file(path, at);
  std::ofstream(path, std::ios::binary | std::ios::app) << second << directory << end;
  const Input input = Input::open({path});
  const ZipDirectory found = read_zip_directory(input);
  REQUIRE(found.entries.size() == 2);
  CHECK(found.entries[0].size == kHole);
  std::byte last{1};
  open_entry(input, found.entries[0]).read_at(kHole - 1, {&last, 1});
  CHECK(last == std::byte{0});
  Input tail = open_entry(input, found.entries[1]);
  std::string text(4, ' ');
  CHECK(tail.read_full(std::as_writable_bytes(std::span(text))) == 4);
  CHECK(text == "tail");
}

TEST_CASE("zip: identity: metadata travel in the comment, and other comments are none", "[io]") {
  const Metadata metadata{{"k", "é\n\""}, {"athanor.history", "{}"}};
  Metadata back;
  read_comment(make_comment(metadata), back);
  CHECK(back == metadata);
  CHECK(make_comment({}).empty());
  Metadata none;
  for (const char* comment : {"", "made by zip 3.0", "{", "[\"a\"]", "{\"k\":1}", "{\"k\":\"\xff\"}"})
    read_comment(comment, none);
  CHECK(none.empty());
  CHECK(error_of([] { make_comment({{"k", "\xff"}}); }).kind() == ErrorKind::data);
  CHECK(error_of([] { make_comment({{"k", std::string(65'536, 'x')}}); }).kind() == ErrorKind::data);
}

}  // namespace
}  // namespace athanor::io
