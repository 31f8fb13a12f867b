#include "io/pickle.h"

#include "support/pickle_text.h"

namespace athanor::io {
namespace {

using test::error_of;
using test::little_endian;
using test::pickled_global;
using test::pickled_text;
using Kind = PickleNode::Kind;
using namespace std::string_literals;

bool only_ordered_dict(std::string_view name) { return name == "collections.OrderedDict"; }

Pickle read(std::string_view text) { return read_pickle(std::as_bytes(std::span(text)), only_ordered_dict); }
/// The value that a pickle is, when it is no container.
PickleNode value(const std::string& text) {
  const Pickle pickle = read(text);
  return pickle.at(pickle.root);
}
std::string refusal(const std::string& text) {
  const Error error = error_of([&] { read(text); });
  CHECK(error.kind() == ErrorKind::data);
  return error.what();
}

TEST_CASE("pickle: value: numbers and texts", "[io]") {
  CHECK(value("N.").kind == Kind::none);
  CHECK(value("\x88.").integer == 1);
  CHECK(value("\x89.").kind == Kind::boolean);
  CHECK(value("K\xff.").integer == 255);
  CHECK(value("M\x01\x02.").integer == 513);
  CHECK(value("J\xff\xff\xff\xff.").integer == -1);
  CHECK(value("G\x3f\xf8\0\0\0\0\0\0."s).real == 1.5);
  CHECK(value("X\3\0\0\0abc."s).text == "abc");
  CHECK(value("\x8c\3abc.").text == "abc");
  CHECK(value("\x8d\3\0\0\0\0\0\0\0abc."s).text == "abc");
  CHECK(value("C\3abc.").kind == Kind::bytes);
}

TEST_CASE("pickle: limit: integers of any length in two's complement", "[io]") {
  const auto integer = [](std::string_view digits) {
    return value("\x8a" + std::string(1, char(digits.size())).append(digits) + ".");
  };
  CHECK(integer("").integer == 0);
  CHECK(integer("\xff").integer == -1);
  CHECK(integer("\xff\0"s).integer == 255);
  CHECK(integer("\xff\xff\xff\xff\xff\xff\xff\x7f").integer == INT64_MAX);
  CHECK(integer("\0\0\0\0\0\0\0\x80"s).integer == INT64_MIN);
  CHECK(integer("\2\0\0\0\0\0\0\0\0\0"s).integer == 2);
  CHECK(integer("\2\0\0\0\0\0\0\0\0\0"s).text.empty());
  CHECK(integer("\xfe\xff\xff\xff\xff\xff\xff\xff\xff\xff").integer == -2);
  CHECK(integer("\0\0\0\0\0\0\0\x80\0"s).text == "0x8000000000000000");
  CHECK(integer("\2\0\0\0\0\0\0\0\1"s).text == "0x10000000000000002");
  CHECK(integer("\0\0\0\0\0\0\0\0\xff"s).text == "-0x10000000000000000");
  CHECK(integer("\xff\xff\xff\xff\xff\xff\xff\x7f\xff").text == "-0x8000000000000001");
  CHECK(integer("\0\0\0\0\0\0\0\0\x80"s).text == "-0x800000000000000000");
}

TEST_CASE("pickle: value: containers, the memo and calls", "[io]") {
  const Pickle pickle = read("\x80\4\x95\0\0\0\0\0\0\0\0}\x94("s + pickled_text("a") + "](K\1K\2e" + pickled_text("b") +
                             "K\1\x85" + pickled_text("c") + "h\0"s + pickled_text("d") + "K\1K\2\x86u.");
  const PickleNode& root = pickle.at(pickle.root);
  CHECK(root.kind == Kind::dict);
  REQUIRE(root.items.size() == 8);
  CHECK(pickle.at(root.items[1]).kind == Kind::list);
  CHECK(pickle.at(root.items[1]).items.size() == 2);
  CHECK(pickle.at(root.items[3]).kind == Kind::tuple);
  CHECK(root.items[5] == pickle.root);  // a cycle is a matter of its reader
  const Pickle call = read(pickled_global("collections", "OrderedDict") + ")R(" + pickled_text("k") + "Nu}b.");
  const PickleNode& made = call.at(call.root);
  CHECK(made.kind == Kind::call);
  CHECK(call.at(made.function).text == "collections.OrderedDict");
  CHECK(made.items.size() == 2);
}

TEST_CASE("pickle: refusal of every name that is not allowed, however it is called", "[io]") {
  const std::string called[] = {"os.system",
                                "posix.system",
                                "builtins.eval",
                                "builtins.exec",
                                "builtins.getattr",
                                "builtins.__import__",
                                "subprocess.Popen",
                                "numpy.core.multiarray._reconstruct",
                                "torch.nn.modules.linear.Linear",
                                "torch.load",
                                "torch.storage._load_from_bytes",
                                "collections.OrderedDict.x",
                                "collections.Counter",
                                "codecs.encode",
                                "runpy.run_module",
                                ".",
                                "",
                                "collections..OrderedDict"};
  for (const std::string& name : called) {
    const size_t dot = name.rfind('.') == std::string::npos ? 0 : name.rfind('.');
    const std::string module = name.substr(0, dot), attribute = name.substr(std::min(dot + 1, name.size()));
    const std::string direct = pickled_global(module, attribute);
    const std::string stacked = pickled_text(module) + pickled_text(attribute) + "\x93";
    const std::string short_stacked = "\x8c" + std::string(1, char(module.size())) + module + "\x8c" +
                                      std::string(1, char(attribute.size())) + attribute + "\x93";
    for (const std::string& start : {direct, stacked, short_stacked})
      for (const char* call : {".", "(tR.", ")\x81.", ")}\x92.", "q\1.", "0N."}) {
        CAPTURE(name, call);
        CHECK_THAT(refusal("\x80\2" + start + call), Catch::Matchers::StartsWith("it names '"));
      }
  }
}

TEST_CASE("pickle: refusal of opcodes that make objects by other ways", "[io]") {
  const std::string dict = pickled_global("collections", "OrderedDict");
  for (const std::string& text :
       {"(ios\nsystem\n."s, "(" + dict + "o.", dict + ")}\x92.", "\x82\1."s, "\x83\1\0."s, "\x84\1\0\0\0."s, "Pid\n."s,
        "S'x'\n."s, "Vx\n."s, "I1\n."s, "L1L\n."s, "F1\n."s, "g0\n."s, "p0\n."s, "\x97."s, "\x98."s, "\xff."s}) {
    CAPTURE(text);
    CHECK_THAT(refusal(text), Catch::Matchers::ContainsSubstring("is not known"));
  }
  for (const char* text : {"K\1)R.", "}K\1R.", "K\1)\x81.", "Nq\1h\1)R."})
    CHECK(refusal(text) == "the pickle calls what is no function");
  CHECK(refusal(dict + "K\1R.") == "the pickle calls what is no function");
  CHECK(refusal("K\1" + pickled_text("x") + "\x93.") == "the pickle is damaged: a name is no text");
}

TEST_CASE("pickle: refusal of damage", "[io]") {
  CHECK(refusal("") == "the pickle is cut short");
  CHECK(refusal("N") == "the pickle is cut short");
  CHECK(refusal(".") == "the pickle is damaged: 0 values are left at its end");
  CHECK(refusal("NN.") == "the pickle is damaged: 2 values are left at its end");
  CHECK(refusal("N.N") == "1 bytes follow the pickle's end");
  CHECK(refusal("\x80\6N.") == "pickle protocol 6 is not known");
  CHECK(refusal("a.") == "the pickle is damaged: its stack is empty");
  CHECK(refusal("]N(a.") == "the pickle is damaged: its stack is empty");
  CHECK(refusal("t.") == "the pickle is damaged: a mark is missing");
  CHECK(refusal("0.") == "the pickle is damaged: its stack is empty");
  CHECK(refusal("2.") == "the pickle is damaged: its stack is empty");
  CHECK(refusal("q\1.") == "the pickle is damaged: its stack is empty");
  CHECK(refusal("h\1.") == "the pickle is damaged: it recalls what it has not kept");
  CHECK(refusal("NNa.") == "the pickle is damaged: it fills what is no container");
  CHECK(refusal(")Na.") == "the pickle is damaged: it fills what is no container");
  CHECK(refusal("]NNs.") == "the pickle is damaged: it fills what is no container");
  CHECK(refusal("}(Nu.") == "the pickle is damaged: a key lacks its value");
  CHECK(refusal("(Nd.") == "the pickle is damaged: a key lacks its value");
  CHECK(refusal("X\xff\xff\xff\xffx.") == "the pickle is cut short");
  CHECK(refusal("\x8d\xff\xff\xff\xff\xff\xff\xff\xffx.") == "the pickle is cut short");
  CHECK(refusal("\x8b\xff\xff\xff\xffx.") == "the pickle holds an integer of 4294967295 bytes");
  CHECK(refusal("cos") == "the pickle is cut short");
}

TEST_CASE("pickle: limit: values are counted, however short the pickle", "[io]") {
  CHECK_THAT(refusal(std::string(5'000'000, 'N')), Catch::Matchers::ContainsSubstring("more than 4194304 values"));
  CHECK_THAT(refusal(std::string(kPickleLimit + 1, 'N')), Catch::Matchers::ContainsSubstring("larger than the limit"));
}

TEST_CASE("pickle: limit: a pickle cut at any byte is refused", "[io]") {
  const std::string good = "\x80\2}(" + pickled_text("a") + "](K\1K\2e" + pickled_text("b") +
                           pickled_global("collections", "OrderedDict") + ")R(" + pickled_text("k") + "Nu}bu.";
  CHECK(read(good).nodes.size() > 5);
  for (size_t n = 0; n < good.size(); ++n) {
    CAPTURE(n);
    refusal(good.substr(0, n));
  }
}

}  // namespace
}  // namespace athanor::io
