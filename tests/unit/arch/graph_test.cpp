#include "arch/graph.h"

#include "arch/dit.h"
#include "arch/unet.h"
#include "support/catch.h"

namespace athanor::arch {

TEST_CASE("value: shapes of the operations") {
  Graph g;
  const Value x = g.input({3, 7, 6});
  CHECK(g.shape(g.conv(x, 8, 3, "same")) == Shape{8, 7, 6});
  CHECK(g.shape(g.conv(x, 8, 3, "half", 2)) == Shape{8, 4, 3});
  CHECK(g.shape(g.upsample(x)) == Shape{3, 14, 12});
  CHECK(g.shape(g.concat(x, g.conv(x, 5, 1, "five"))) == Shape{8, 7, 6});
  CHECK(g.shape(g.attention(x, 1)) == Shape{1, 7, 6});
  const Value v = g.positional_embedding(g.noise_level(), 6);
  CHECK(g.shape(v) == Shape{6});
  CHECK(g.shape(g.modulate(x, v)) == Shape{3, 7, 6});
  CHECK(g.shape(g.class_embedding(g.label(10), 6, "class")) == Shape{6});
  CHECK(g.parameters().back().shape == Shape{11, 6});
  const Value image = g.input({2, 6, 9}), tokens = g.patchify(image, 3);
  CHECK(g.shape(tokens) == Shape{18, 2, 3});
  CHECK(g.shape(g.unpatchify(tokens, 3)) == Shape{2, 6, 9});
  CHECK(g.shape(g.gelu(image)) == Shape{2, 6, 9});
  CHECK(g.shape(g.layer_norm(image)) == Shape{2, 6, 9});
  CHECK(g.shape(g.mean(x)) == Shape{3});
  CHECK(g.shape(g.gate(x, g.mean(x))) == Shape{3, 7, 6});
  CHECK(g.shape(g.add_positions(g.input({8, 2, 3}))) == Shape{8, 2, 3});
}

TEST_CASE("value: a graph that ends at an inner value keeps all parameters") {
  Graph g;
  Value x = g.linear(g.input({4}), 3, "a");
  g.tap(x, "inner");
  x = g.linear(x, 2, "b");
  g.tap(x, "outer");
  g.output(x);
  const Graph part = g.up_to("inner");
  CHECK(part.nodes().size() == 2);
  CHECK(part.nodes()[size_t(part.output_node())].shape == Shape{3});
  CHECK(part.parameters().size() == g.parameters().size());
  CHECK(part.flops() == 2 * 4 * 3);
  CHECK_THROWS_WITH(part.up_to("outer"), "the network has no inner value 'outer'; it has: inner");
  CHECK_THROWS_WITH(g.up_to("x"), "the network has no inner value 'x'; it has: inner, outer");
}

TEST_CASE("value: groups of a normalisation") {
  Graph g;
  const auto groups = [&](int64_t channels) {
    return g.nodes()[size_t(g.group_norm(g.input({channels, 2, 2}), "norm").node)].groups;
  };
  CHECK(groups(3) == 1);
  CHECK(groups(32) == 8);
  CHECK(groups(128) == 32);
  CHECK(groups(256) == 32);
  CHECK(groups(20) == 5);
  CHECK(groups(22) == 2);
}

TEST_CASE("refusal: operands that do not fit") {
  Graph g;
  const Value x = g.input({3, 4, 4}), v = g.positional_embedding(g.noise_level(), 4);
  CHECK_THROWS_WITH(g.add(x, v), "add: [3,4,4] and [4] differ");
  CHECK_THROWS_WITH(g.concat(x, g.upsample(x)), "concat: [3,4,4] and [3,8,8] do not fit");
  CHECK_THROWS_WITH(g.modulate(x, v), "modulate: expected [6], got [4]");
  CHECK_THROWS_WITH(g.linear(x, 2, "fc"), "fc: expected [C], got [3,4,4]");
  CHECK_THROWS_WITH(g.conv(v, 2, 3, "conv"), "conv: expected [C,H,W], got [4]");
  CHECK_THROWS_WITH(g.attention(x, 2), "attention: 3 channels do not split into q, k, v of 2 heads");
  CHECK_THROWS_WITH(g.gate(x, v), "gate: expected [3], got [4]");
  CHECK_THROWS_WITH(g.patchify(x, 3), "patchify: 4x4 does not split into patches of 3");
  CHECK_THROWS_WITH(g.patchify(x, 0), "patchify: 4x4 does not split into patches of 0");
  CHECK_THROWS_WITH(g.patchify(v, 2), "patchify: expected [C,H,W], got [4]");
  CHECK_THROWS_WITH(g.unpatchify(x, 2), "unpatchify: 3 channels are no patches of 2");
  CHECK_THROWS_WITH(g.add_positions(x), "add_positions: 3 channels are not divisible by 4");
  CHECK_THROWS_WITH(g.mean(v), "mean: expected [C,H,W], got [4]");
  CHECK_THROWS_WITH(g.positional_embedding(g.noise_level(), 3),
                    "a positional embedding needs an even size of at least 4, got 3");
}

TEST_CASE("two ways: options are shown in words that they are read from") {
  UnetOptions unet;
  DitOptions dit;
  Fields fields;
  unet.fields(fields);
  dit.fields(fields);
  for (const Field& field : fields.list()) {
    const std::vector<std::string> words = field.get();
    INFO(field.names << " " << words.back());
    CHECK_NOTHROW(field.set(words));
    CHECK(field.get() == words);
  }
}

}  // namespace athanor::arch
