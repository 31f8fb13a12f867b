#include "checkpoint/selection.h"

#include "make.h"

namespace athanor::checkpoint {
namespace {

using test::parsed;
using test::refusal;

Selection selection(const std::vector<std::string>& include, const std::vector<std::string>& exclude,
                    const std::vector<std::string>& rename) {
  Selection made;
  for (const std::string& text : include) made.include.push_back(parsed<Pattern>(text));
  for (const std::string& text : exclude) made.exclude.push_back(parsed<Pattern>(text));
  for (const std::string& text : rename) made.rename.push_back(parsed<Rename>(text));
  return made;
}
std::string renamed(const std::string& name, const std::vector<std::string>& rename) {
  return selection({}, {}, rename)(name).value();
}

TEST_CASE("selection: identity: nothing asked for leaves every name", "[checkpoint]") {
  for (const char* name : {"", "conv.weight", "a\nb", "\xc3\xa4"})
    if (*name != 0) CHECK(Selection{}(name) == std::string(name));
}

TEST_CASE("selection: value: patterns are looked for anywhere, ^ and $ tie them", "[checkpoint]") {
  const auto left = [](const Selection& s) {
    std::string names;
    for (const char* name : {"a.weight", "b.weight", "a.bias", "xa.weight2"})
      if (s(name)) names += std::string(name) + " ";
    return names;
  };
  CHECK(left(selection({"weight"}, {}, {})) == "a.weight b.weight xa.weight2 ");
  CHECK(left(selection({"weight$"}, {}, {})) == "a.weight b.weight ");
  CHECK(left(selection({"^a\\."}, {}, {})) == "a.weight a.bias ");
  CHECK(left(selection({"^a", "^b"}, {}, {})) == "a.weight b.weight a.bias ");
  CHECK(left(selection({}, {"bias", "x"}, {})) == "a.weight b.weight ");
  CHECK(left(selection({"^a"}, {"bias"}, {})) == "a.weight ");
  CHECK(left(selection({"a.w"}, {}, {})) == "a.weight xa.weight2 ");  // a dot is any character
  CHECK(left(selection({"A"}, {}, {})).empty());
}

TEST_CASE("selection: value: every match is replaced, groups and the whole match may be named", "[checkpoint]") {
  CHECK(renamed("conv.weight", {"\\.weight$=.kernel"}) == "conv.kernel");
  CHECK(renamed("a.b.c", {"\\.=/"}) == "a/b/c");
  CHECK(renamed("layer.12.q", {"layer\\.([0-9]+)\\.(.)=h.\\1.attn_\\2"}) == "h.12.attn_q");
  CHECK(renamed("ab", {"(a)(b)=\\2\\1\\2"}) == "bab");
  CHECK(renamed("ab", {"b=[&]"}) == "a[b]");
  CHECK(renamed("ab", {"b=$1"}) == "a$1");
  CHECK(renamed("x", {"^=model."}) == "model.x");
  CHECK(renamed("model.x", {"^model\\.="}) == "x");
  CHECK(renamed("x", {"y=z"}) == "x");
  CHECK(renamed("a", {"a=b=c"}) == "b=c");  // the first = parts them
}

TEST_CASE("selection: law: renames follow each other, on the name that the one before left", "[checkpoint]") {
  CHECK(renamed("a", {"a=b", "b=c"}) == "c");
  CHECK(renamed("a", {"b=c", "a=b"}) == "b");
  CHECK(renamed("ab", {"a=b", "b=a"}) == "aa");
  // Selected is by the name in the file.
  CHECK(selection({"^a"}, {}, {"a=b"})("a") == std::string("b"));
  CHECK_FALSE(selection({"^b"}, {}, {"a=b"})("a"));
  CHECK(selection({}, {"b"}, {"a=b"})("a") == std::string("b"));
}

TEST_CASE("selection: identity: as text and back", "[checkpoint]") {
  CHECK(to_text(parsed<Pattern>("^a(b|c)$")) == "^a(b|c)$");
  CHECK(to_text(parsed<Rename>("a=\\1=")) == "a=\\1=");
}

TEST_CASE("selection: refusal of what is no regular expression and no pair", "[checkpoint]") {
  for (const char* bad : {"(", "a{2", "[b", "*", "\\"}) {
    const Error error = athanor::test::error_of([&] { parsed<Pattern>(bad); });
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error.what() == fmt::format("expected a regular expression, got '{}'", bad));
  }
  for (const char* bad : {"", "abc", "=x"})
    CHECK(refusal([&] { parsed<Rename>(bad); }) == fmt::format("expected REGEX=TEXT, got '{}'", bad));
  CHECK(refusal([&] { parsed<Rename>("(=x"); }) == "expected a regular expression, got '('");
}

TEST_CASE("selection: refusal of names that vanish or are too long for the matcher", "[checkpoint]") {
  const Error error = athanor::test::error_of([&] { renamed("abc", {".*="}); });
  CHECK(error.kind() == ErrorKind::data);
  CHECK(error.what() == std::string("tensor 'abc': --rename leaves nothing of its name"));
  const std::string longest(1000, 'a'), longer(1001, 'a');
  CHECK(selection({"(a|b)*$"}, {}, {})(longest));
  for (const Selection& s : {selection({"a"}, {}, {}), selection({}, {"b"}, {}), selection({}, {}, {"b=c"})})
    CHECK(refusal([&] { s(longer); }).ends_with("its name is too long for a regular expression"));
  CHECK(Selection{}(longer) == longer);
  // Also one that grows on the way.
  CHECK(refusal([&] { renamed(longest, {"a=bb", "b=c"}); }).ends_with("its name is too long for a regular expression"));
}

}  // namespace
}  // namespace athanor::checkpoint
