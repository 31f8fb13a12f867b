#include "arch/network.h"

#include <nlohmann/json.hpp>

#include "support/catch.h"
#include "support/files.h"

namespace athanor::arch {
namespace {

/// 4×4 images, two levels of 4 and 8 channels, three classes.
NetworkConfig small_unet() {
  NetworkConfig config;
  config.shape = {1, 4, 4};
  config.classes = 3;
  config.unet = {.channels = 4, .multipliers = {1, 2}, .blocks = 1, .attention = {}, .head_channels = 4};
  return config;
}
NetworkConfig small_mlp() {
  return {.type = "mlp", .shape = {2}, .classes = 0, .unet = {}, .mlp = {.width = 8, .depth = 2}};
}
/// 4×6 images of patches of 2, two blocks of 8 channels.
NetworkConfig small_dit() {
  NetworkConfig config{.type = "dit", .shape = {3, 4, 6}, .classes = 3};
  config.dit = {.patch = 2, .hidden = 8, .layers = 2, .heads = 2, .mlp_ratio = 3};
  return config;
}
/// The small UNet's way down, five outputs.
NetworkConfig small_classifier() {
  NetworkConfig config = small_unet();
  config.type = "classifier";
  config.classes = 0;
  config.outputs = 5;
  return config;
}
/// "DiT-S/2" for latents of 256×256 images and ImageNet's classes.
NetworkConfig dit_s2() {
  NetworkConfig config{.type = "dit", .shape = {4, 32, 32}, .classes = 1000};
  config.dit = {.patch = 2, .hidden = 384, .layers = 12, .heads = 6, .mlp_ratio = 4};
  return config;
}

std::vector<io::TensorInfo> tensors_of(const Graph& graph) {
  std::vector<io::TensorInfo> tensors;
  for (const Parameter& p : graph.parameters()) tensors.push_back({.name = p.name, .shape = p.shape});
  return tensors;
}

}  // namespace

TEST_CASE("value: parameters of a small UNet, counted by hand") {
  // A residual block from a to b channels, embedding of 16: norms 2a + 2b, convolutions 9ab + b and 9b² + b, the
  // embedding's layer 16·2b + 2b, and a shortcut ab + b where a ≠ b.
  const int64_t embedding = (4 * 16 + 16) + (16 * 16 + 16) + 4 * 16;
  const int64_t block_4_4 = 448, block_8_8 = 1472, block_16_8 = 2200, block_8_4 = 636;
  const int64_t attention = 16 + (8 * 24 + 24) + (8 * 8 + 8);
  const int64_t in = 9 * 4 + 4, down = 9 * 4 * 8 + 8, up = 9 * 8 * 4 + 4, out = 8 + 9 * 4 + 1;
  CHECK(build(small_unet()).parameter_count() ==
        embedding + in + block_4_4 + down + 3 * block_8_8 + attention + block_16_8 + up + block_8_4 + out);
}

TEST_CASE("value: operations of a small UNet, counted by hand") {
  const int64_t embedding = 2 * (4 * 16 + 16 * 16);
  const int64_t block_4_4 = 2 * (16 * 8 + 16 * (144 + 144));
  const int64_t block_8_8 = 2 * (16 * 16 + 4 * (576 + 576));
  const int64_t block_16_8 = 2 * (16 * 16 + 4 * (1152 + 576 + 128));
  const int64_t block_8_4 = 2 * (16 * 8 + 16 * (288 + 144 + 32));
  // Four tokens of eight channels: q·k and the weighted sum of v are 2·4·4·8 each.
  const int64_t attention = 2 * 4 * (8 * 24 + 8 * 8) + 2 * (2 * 4 * 4 * 8);
  const int64_t in = 2 * 16 * 36, down = 2 * 4 * 288, up = 2 * 16 * 288, out = 2 * 16 * 36;
  CHECK(build(small_unet()).flops() ==
        embedding + in + block_4_4 + down + 3 * block_8_8 + attention + block_16_8 + up + block_8_4 + out);
}

TEST_CASE("value: parameters of a small MLP, counted by hand") {
  const int64_t embedding = (32 * 8 + 8) + (8 * 8 + 8);
  const int64_t layer = (8 * 16 + 16) + 16 + 2 * (8 * 8 + 8);
  CHECK(build(small_mlp()).parameter_count() == embedding + (2 * 8 + 8) + 2 * layer + 16 + (8 * 2 + 2));
}

TEST_CASE("value: parameters and operations of a small transformer, counted by hand") {
  // Tokens of 3·2·2 numbers, six of them; blocks of 8 channels whose inner layer has 24.
  const int64_t embedding = (256 * 8 + 8) + (8 * 8 + 8) + 4 * 8;
  const int64_t modulation = (8 * 16 + 16) + (8 * 8 + 8);
  const int64_t block = 2 * modulation + (8 * 24 + 24) + (8 * 8 + 8) + (8 * 24 + 24) + (24 * 8 + 8);
  const Graph graph = build(small_dit());
  CHECK(graph.parameter_count() == embedding + (12 * 8 + 8) + 2 * block + (8 * 16 + 16) + (8 * 12 + 12));
  const int64_t tokens = 6, attention = 2 * (2 * tokens * tokens * 8);
  CHECK(graph.flops() == 2 * (256 * 8 + 8 * 8) + 2 * tokens * 12 * 8 +
                             2 * (2 * 2 * (8 * 16 + 8 * 8) + attention + 2 * tokens * (8 * 24 + 8 * 8 + 2 * 8 * 24)) +
                             2 * 8 * 16 + 2 * tokens * 8 * 12);
}

TEST_CASE("value: DiT-S/2 has its published size and cost") {
  const Graph graph = build(dit_s2());
  // Peebles and Xie: 33 M parameters, 6.06 GFLOP (a multiplication with its addition counted once). Their code
  // gives 32 963 360, among them the positions of 256 tokens, which are constants here, and a last layer that gives
  // variances too.
  const int64_t positions = 256 * 384, variances = 16 * (384 + 1);
  CHECK(graph.parameter_count() == 32'963'360 - positions - variances);
  CHECK((double(graph.flops()) / 2 + 256 * 16 * 384) / 1e9 == Approx(6.06).margin(0.005));
}

TEST_CASE("value: parameters of a small classifier, counted by hand") {
  const int64_t embedding = (4 * 16 + 16) + (16 * 16 + 16), block_4_4 = 448, block_8_8 = 1472;
  const int64_t in = 9 * 4 + 4, down = 9 * 4 * 8 + 8;
  const Graph graph = build(small_classifier());
  CHECK(graph.parameter_count() == embedding + in + block_4_4 + down + block_8_8 + 16 + (8 * 5 + 5));
  CHECK(graph.nodes()[size_t(graph.output_node())].shape == Shape{5});
  const Graph features = graph.up_to("features");
  CHECK(features.nodes()[size_t(features.output_node())].shape == Shape{8});
  CHECK_NOTHROW(check_parameters(features, tensors_of(graph)));
}

TEST_CASE("identity: a network's output has its input's shape") {
  for (const NetworkConfig& config : {small_unet(), small_mlp(), small_dit()}) {
    const Graph graph = build(config);
    CHECK(graph.nodes()[size_t(graph.output_node())].shape == config.shape);
  }
}

TEST_CASE("value: attention stands at the heights asked for, and in the middle") {
  NetworkConfig config = small_unet();
  const auto count = [&] {
    const Graph graph = build(config);
    return std::ranges::count_if(graph.nodes(), [](const Node& node) { return node.op == Op::attention; });
  };
  CHECK(count() == 1);
  config.unet.attention = {4};
  CHECK(count() == 3);
  config.unet.attention = {4, 2};
  CHECK(count() == 5);
}

TEST_CASE("identity: a config is read from JSON as it was written") {
  const NetworkConfig unet = network_from_json(to_json(small_unet()));
  CHECK(unet.type == "unet");
  CHECK(unet.shape == small_unet().shape);
  CHECK(unet.classes == 3);
  CHECK(unet.unet.channels == 4);
  CHECK(unet.unet.multipliers == std::vector<int64_t>{1, 2});
  CHECK(unet.unet.blocks == 1);
  CHECK(unet.unet.attention.empty());
  CHECK(unet.unet.head_channels == 4);
  const NetworkConfig mlp = network_from_json(to_json(small_mlp()));
  CHECK(mlp.type == "mlp");
  CHECK(mlp.mlp.width == 8);
  CHECK(mlp.mlp.depth == 2);
  const NetworkConfig dit = network_from_json(to_json(small_dit()));
  CHECK(dit.type == "dit");
  CHECK(dit.classes == 3);
  CHECK(dit.dit.patch == 2);
  CHECK(dit.dit.hidden == 8);
  CHECK(dit.dit.layers == 2);
  CHECK(dit.dit.heads == 2);
  CHECK(dit.dit.mlp_ratio == 3);
  const NetworkConfig classifier = network_from_json(to_json(small_classifier()));
  CHECK(classifier.type == "classifier");
  CHECK(classifier.unet.multipliers == std::vector<int64_t>{1, 2});
  CHECK(classifier.outputs == 5);
  for (const NetworkConfig& config : {small_unet(), small_mlp(), small_dit(), small_classifier()})
    CHECK(to_json(network_from_json(to_json(config))) == to_json(config));
}

TEST_CASE("refusal: network configs") {
  const auto read = [](const nlohmann::json& patch) {
    nlohmann::json config = to_json(small_unet());
    config.merge_patch(patch);
    return network_from_json(config);
  };
  CHECK_THROWS_WITH(network_from_json(nlohmann::json::array()), "config: network is not an object");
  CHECK_THROWS_WITH(read({{"type", "transformer"}}), "config: unknown network type 'transformer'");
  CHECK_THROWS_WITH(read({{"channels", nullptr}}), "config: network.channels is missing");
  for (const nlohmann::json& value : {nlohmann::json("four"), nlohmann::json(1.5), nlohmann::json(1e300),
                                      nlohmann::json(true), nlohmann::json(UINT64_MAX)})
    CHECK_THROWS_WITH(read({{"channels", value}}), "config: network.channels has the wrong kind of value");
  CHECK_THROWS_WITH(read({{"multipliers", {1, 1e300}}}), "config: network.multipliers has the wrong kind of value");
  CHECK_THROWS_WITH(read({{"width", 8}}), "config: network.width is unknown");
}

TEST_CASE("refusal: shapes and options that do not fit") {
  NetworkConfig config = small_unet();
  config.shape = {1, 5, 4};
  CHECK_THROWS_WITH(build(config), "unet: 2 levels need a height and width divisible by 2, got 5x4");
  config.shape = {16};
  CHECK_THROWS_WITH(build(config), "unet: images: expected [C,H,W], got [16]");
  config.shape = {1, 0, 4};
  CHECK_THROWS_WITH(build(config), "config: network.shape is [1,0,4]");
  config = small_unet();
  config.classes = -1;
  CHECK_THROWS_WITH(build(config), "config: network.classes is -1");
  config = small_mlp();
  config.shape = {1, 4, 4};
  CHECK_THROWS_WITH(build(config), "mlp: vectors: expected [D], got [1,4,4]");
}

TEST_CASE("refusal: sizes beyond reason, before anything is allocated or overflows") {
  using Catch::Matchers::ContainsSubstring;
  NetworkConfig config = small_unet();
  config.unet.channels = 65537;
  CHECK_THROWS_WITH(build(config), ContainsSubstring("65537 channels"));
  config = small_unet();
  config.unet.multipliers = {1, 1025};
  CHECK_THROWS_WITH(build(config), "unet: the multiplier 1025; 1 to 1024");
  config = small_unet();
  config.shape = {1, int64_t{1} << 29, int64_t{1} << 29};
  CHECK_THROWS_WITH(build(config), "the network's value would have [1,536870912,536870912] elements");
  config.shape = {1, int64_t{1} << 62, int64_t{1} << 62};
  CHECK_THROWS_WITH(build(config), ContainsSubstring("multiply to more than 2^63"));
  config.shape = {1, 1024, 1024};
  config.unet.channels = 65536;
  config.unet.multipliers = {1};
  CHECK_THROWS_WITH(build(config).flops(), ContainsSubstring("operations an image"));
  config = small_mlp();
  config.mlp.width = 65537;
  CHECK_THROWS_WITH(build(config), ContainsSubstring("mlp: width 65537"));
}

TEST_CASE("refusal: transformers and classifiers that do not fit") {
  const auto refusal = [](const DitOptions& options, const Shape& shape = {3, 4, 6}) -> std::string {
    NetworkConfig config = small_dit();
    config.dit = options;
    config.shape = shape;
    return athanor::test::error_of([&] { build(config); }).what();
  };
  using Catch::Matchers::StartsWith;
  DitOptions good = small_dit().dit, bad = good;
  CHECK_THAT(refusal(good, {16}), StartsWith("dit: images: expected [C,H,W], got [16]"));
  CHECK_THAT(refusal(good, {3, 4, 5}),
             StartsWith("dit: patches of 2 need a height and width divisible by that, got 4x5"));
  bad.patch = 0;
  CHECK_THAT(refusal(bad), StartsWith("dit: patches of 0 need"));
  for (const int64_t hidden : {int64_t{0}, int64_t{6}, int64_t{-4}, INT64_MAX}) {
    bad = good;
    bad.hidden = hidden;
    CHECK_THAT(refusal(bad), StartsWith(fmt::format("dit: {} hidden channels; 4 to 65536", hidden)));
  }
  bad = good;
  bad.heads = 3;
  CHECK_THAT(refusal(bad), StartsWith("dit: 8 hidden channels do not split into 3 heads"));
  bad = good;
  bad.layers = 0;
  CHECK_THAT(refusal(bad), StartsWith("dit: 0 layers and an mlp ratio of 3; 1 to 1024 and 1 to 64"));
  bad = good;
  bad.mlp_ratio = 65;
  CHECK_THAT(refusal(bad), StartsWith("dit: 2 layers and an mlp ratio of 65; 1 to 1024 and 1 to 64"));
  NetworkConfig config = small_classifier();
  config.outputs = 0;
  CHECK_THROWS_WITH(build(config), "classifier: 0 outputs; 1 to 1000000");
  config = small_classifier();
  config.classes = 3;
  CHECK_THROWS_WITH(build(config), "classifier: it is told no class, but network.classes is 3");
}

TEST_CASE("refusal: tensors that are not the network's") {
  const Graph graph = build(small_mlp());
  std::vector<io::TensorInfo> tensors = tensors_of(graph);
  CHECK_NOTHROW(check_parameters(graph, tensors));
  tensors.push_back({.name = "extra", .shape = {1}});
  CHECK_THROWS_WITH(check_parameters(graph, tensors), "1 tensors do not belong to the network, the first is extra");
  tensors = tensors_of(graph);
  tensors[0].shape = {3, 3};
  CHECK_THROWS_WITH(check_parameters(graph, tensors),
                    "1 parameters have another shape, the first: emb.0.weight is [3,3] and should be [8,32]");
  tensors.erase(tensors.begin());
  CHECK_THROWS_WITH(check_parameters(graph, tensors), "1 of " + std::to_string(graph.parameters().size()) +
                                                          " parameters are missing, the first is emb.0.weight");
}

}  // namespace athanor::arch
