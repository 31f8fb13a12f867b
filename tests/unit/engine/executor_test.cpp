#include "engine/executor.h"

#include <functional>

#include "core/random.h"
#include "support/catch.h"
#include "support/numbers.h"
#include "support/plain_network.h"

namespace athanor::engine {
namespace {

using arch::Graph;
using arch::Value;

/// Normals of this many elements, others for each stream.
std::vector<float> normals(int64_t count, uint64_t stream) {
  std::vector<float> values(static_cast<size_t>(count));
  Random random(5, stream, Purpose::initial_noise);
  random.fill_normal(std::span(values));
  return values;
}

/// Parameters that keep activations near unit variance, none of them zero.
Parameters parameters_of(const Graph& graph) {
  Parameters parameters;
  for (size_t i = 0; i < graph.parameters().size(); ++i) {
    const Shape& shape = graph.parameters()[i].shape;
    parameters.push_back(normals(element_count(shape), 1000 + i));
    const double fan = shape.size() == 1 ? 16 : double(element_count(shape)) / double(shape[0]);
    for (float& v : parameters.back()) v = float(v / std::sqrt(fan));
    if (shape.size() == 1 && graph.parameters()[i].init.constant == 1)
      for (float& v : parameters.back()) v += 1;
  }
  return parameters;
}

struct Batch {
  std::vector<float> x, noise;
  std::vector<int64_t> labels;
};

Batch batch_of(const Graph& graph, int64_t images, int64_t classes) {
  Batch batch{.x = normals(images * element_count(graph.nodes()[0].shape), 1), .noise = {}, .labels = {}};
  for (int64_t i = 0; i < images; ++i) {
    batch.noise.push_back(0.3f * float(i % 3));
    if (classes > 0) batch.labels.push_back(i % (classes + 1) - 1);
  }
  return batch;
}

std::vector<float> run(const Graph& graph, const Batch& batch, const Options& options = {}) {
  std::vector<float> out(batch.noise.size() * size_t(element_count(graph.nodes()[size_t(graph.output_node())].shape)));
  Executor(graph, parameters_of(graph), options).forward(batch.x, batch.noise, batch.labels, out);
  return out;
}

Options options_of(const Kernels& k) { return {.dtype = precision_names()[size_t(k.precision)], .kernels = k.name}; }

/// The error as a part of the truth's root mean square, in bounds: 1e-5 for the worst element in float32, 2⁻¹³ in
/// bf16x3; in bfloat16 four of its largest roundings, 2⁻⁸ each, for the root mean square, since inputs, weights and
/// what lies between are rounded too. Infinity for what is not finite.
double error_in_bounds(const Kernels& k, const std::vector<float>& got, const test::Doubles& truth) {
  double power = 0, square = 0, worst = 0;
  for (size_t i = 0; i < truth.size(); ++i) {
    if (!std::isfinite(got[i])) return HUGE_VAL;
    const double error = std::abs(double(got[i]) - truth[i]);
    power += truth[i] * truth[i];
    square += error * error;
    worst = std::max(worst, error);
  }
  if (k.precision == Precision::bfloat16) return std::sqrt(square / power) / 0x1p-6;
  return worst / std::sqrt(power / double(truth.size())) / (k.precision == Precision::bf16x3 ? 0x1p-13 : 1e-5);
}

/// Runs three images with every set of kernels and compares with the definition: the largest error, in bounds.
double error_of(const Graph& graph, int64_t classes = 0) {
  const Batch batch = batch_of(graph, 3, classes);
  std::vector<test::Doubles> parameters;
  for (const std::vector<float>& values : parameters_of(graph)) parameters.emplace_back(values.begin(), values.end());
  const size_t in = batch.x.size() / 3, out = size_t(element_count(graph.nodes()[size_t(graph.output_node())].shape));
  test::Doubles truth;
  for (size_t i = 0; i < 3; ++i) {
    const test::Doubles want =
        test::evaluate(graph, parameters,
                       {.x = test::Doubles(batch.x.begin() + int64_t(i * in), batch.x.begin() + int64_t((i + 1) * in)),
                        .noise = double(batch.noise[i]),
                        .label = batch.labels.empty() ? -1 : batch.labels[i]});
    REQUIRE(want.size() == out);
    truth.insert(truth.end(), want.begin(), want.end());
  }
  double worst = 0;
  for (const Kernels& k : all_kernels())
    worst = std::max(worst, error_in_bounds(k, run(graph, batch, options_of(k)), truth));
  return worst;
}

/// The error of what `build` makes of an image of this shape.
double error_of(const Shape& shape, const std::function<Value(Graph&, Value)>& build) {
  Graph graph;
  graph.output(build(graph, graph.input(shape)));
  return error_of(graph);
}

TEST_CASE("engine two ways: networks and their definition", "[engine]") {
  arch::NetworkConfig unet{
      .type = "unet",
      .shape = {3, 8, 16},
      .classes = 3,
      .unet = {.channels = 12, .multipliers = {1, 2, 3}, .blocks = 2, .attention = {4}, .head_channels = 8},
      .mlp = {}};
  CHECK(error_of(arch::build(unet), 3) < 1);
  unet.shape = {1, 28, 28};
  unet.unet.channels = 16;
  CHECK(error_of(arch::build(unet), 3) < 1);
  const arch::NetworkConfig mlp{
      .type = "mlp", .shape = {2}, .classes = 5, .unet = {}, .mlp = {.width = 37, .depth = 3}};
  CHECK(error_of(arch::build(mlp), 5) < 1);
  arch::NetworkConfig dit{.type = "dit", .shape = {3, 6, 10}, .classes = 3};
  dit.dit = {.patch = 2, .hidden = 36, .layers = 3, .heads = 3, .mlp_ratio = 2};
  CHECK(error_of(arch::build(dit), 3) < 1);
  dit.shape = {4, 16, 16};
  dit.dit = {.patch = 1, .hidden = 64, .layers = 2, .heads = 2, .mlp_ratio = 4};
  CHECK(error_of(arch::build(dit), 3) < 1);
  arch::NetworkConfig classifier{.type = "classifier", .shape = {3, 8, 12}};
  classifier.unet = {.channels = 12, .multipliers = {1, 2, 3}, .blocks = 2, .attention = {4, 2}, .head_channels = 8};
  classifier.outputs = 7;
  CHECK(error_of(arch::build(classifier)) < 1);
  CHECK(error_of(arch::build(classifier).up_to("features")) < 1);
}

TEST_CASE("engine two ways: a transformer, and diffusers' with the same weights", "[engine]") {
  arch::NetworkConfig config{.type = "dit", .shape = {3, 8, 8}, .classes = 4};
  config.dit = {.patch = 2, .hidden = 8, .layers = 2, .heads = 2, .mlp_ratio = 4};
  io::TensorReader model = io::TensorReader::open(io::Source{ATHANOR_TEST_DATA "/dit/model.safetensors"});
  io::TensorReader known = io::TensorReader::open(io::Source{ATHANOR_TEST_DATA "/dit/case.safetensors"});
  const std::vector<float> y = test::numbers(known, "y"), labels = test::numbers(known, "labels");
  std::vector<float> out(y.size());
  make_executor(config, model)
      ->forward(test::numbers(known, "x"), test::numbers(known, "noise"),
                std::vector<int64_t>(labels.begin(), labels.end()), out);
  CHECK(error_in_bounds(kernels_of("", Precision::float32), out, {y.begin(), y.end()}) < 1);
}

TEST_CASE("engine identity: an image's bits depend neither on its batch nor on the threads", "[engine]") {
  for (const std::string& dtype : precision_names())
    for (const std::string type : {"unet", "mlp", "dit", "classifier"}) {
      const Graph graph = arch::build({.type = type,
                                       .shape = type == "mlp" ? Shape{3} : Shape{2, 8, 8},
                                       .classes = type == "classifier" ? 0 : 4,
                                       .unet = {.channels = 8, .multipliers = {1, 2}, .blocks = 1, .attention = {8}},
                                       .mlp = {.width = 96, .depth = 3},  // for enough work to be shared
                                       .dit = {.patch = 2, .hidden = 24, .layers = 2, .heads = 2, .mlp_ratio = 4},
                                       .outputs = 5});
      const int64_t images = 101, elements = element_count(graph.nodes()[0].shape);
      const int64_t given = element_count(graph.nodes()[size_t(graph.output_node())].shape);
      const Batch batch = batch_of(graph, images, type == "classifier" ? 0 : 4);
      const std::vector<float> all = run(graph, batch, {.dtype = dtype, .threads = 1});
      for (const int64_t threads : {2, 3, 16}) CHECK(run(graph, batch, {.dtype = dtype, .threads = threads}) == all);
      for (const int64_t i : {0, 1, 47, 48, 100}) {
        Batch one{.x = {batch.x.begin() + i * elements, batch.x.begin() + (i + 1) * elements},
                  .noise = {batch.noise[size_t(i)]},
                  .labels = {}};
        if (!batch.labels.empty()) one.labels = {batch.labels[size_t(i)]};
        CHECK(run(graph, one, {.dtype = dtype}) ==
              std::vector<float>(all.begin() + i * given, all.begin() + (i + 1) * given));
      }
    }
}

TEST_CASE("engine identity: threads that share one large image give its bits", "[engine]") {
  Graph graph;
  const Value x = graph.input({8, 33, 31});
  Value y = graph.silu(graph.group_norm(graph.conv(x, 192, 3, "a"), "n"));
  y = graph.conv(graph.attention(graph.conv(y, 192, 3, "qkv"), 2), 64, 5, "b");
  graph.output(graph.conv(graph.upsample(y), 8, 3, "c"));
  REQUIRE(graph.flops() > 1'000'000'000);
  const Batch batch = batch_of(graph, 1, 0);
  for (const std::string& dtype : precision_names()) {
    const std::vector<float> alone = run(graph, batch, {.dtype = dtype, .threads = 1});
    for (const int64_t threads : {2, 3, 40}) CHECK(run(graph, batch, {.dtype = dtype, .threads = threads}) == alone);
  }
}

TEST_CASE("engine two ways: convolutions of odd shapes", "[engine]") {
  for (const int64_t in : {1, 3, 17, 64})
    for (const int64_t out : {1, 3, 17, 320})
      for (const int64_t kernel : {1, 3, 5})
        for (const int64_t stride : {1, 2}) {
          CAPTURE(in, out, kernel, stride);
          CHECK(error_of({in, 7, 9}, [&](Graph& g, Value x) { return g.conv(x, out, kernel, "c", stride); }) < 1);
        }
}

TEST_CASE("engine two ways: convolutions that follow a magnification", "[engine]") {
  for (const int64_t kernel : {1, 3, 5}) {
    CAPTURE(kernel);
    CHECK(error_of({5, 3, 4}, [&](Graph& g, Value x) { return g.conv(g.upsample(x), 7, kernel, "c"); }) < 1);
    CHECK(error_of({5, 3, 4}, [&](Graph& g, Value x) { return g.conv(g.upsample(x), 7, kernel, "c", 2); }) < 1);
  }
  CHECK(error_of({5, 3, 4}, [](Graph& g, Value x) { return g.silu(g.upsample(x)); }) < 1);
  CHECK(error_of({5, 3, 4}, [](Graph& g, Value x) { return g.upsample(g.upsample(x)); }) < 1);
  CHECK(error_of({4, 3, 4}, [](Graph& g, Value x) {
          const Value y = g.upsample(x);  // read by both kinds
          return g.add(g.conv(y, 4, 3, "c"), g.silu(y));
        }) < 1);
  CHECK(error_of({4, 4, 4}, [](Graph& g, Value x) {
          const Value small = g.conv(x, 4, 3, "down", 2);
          return g.add(g.conv(g.upsample(small), 4, 3, "up"), g.conv(x, 4, 1, "c"));
        }) < 1);
  CHECK(error_of({4, 4, 4}, [](Graph& g, Value x) {
          const Value small = g.conv(x, 4, 3, "down", 2);
          return g.conv(g.upsample(g.concat(small, g.silu(small))), 5, 3, "up");
        }) < 1);
}

TEST_CASE("engine two ways: sums and concatenations", "[engine]") {
  CHECK(error_of({3, 4, 5}, [](Graph& g, Value x) { return g.add(x, x); }) < 1);
  CHECK(error_of({3, 4, 5}, [](Graph& g, Value x) { return g.add(g.conv(x, 3, 3, "a"), g.conv(x, 3, 1, "b")); }) < 1);
  CHECK(error_of({3, 4, 5}, [](Graph& g, Value x) {
          const Value a = g.conv(x, 6, 3, "a");
          return g.add(g.add(a, g.conv(x, 6, 5, "b")), a);
        }) < 1);
  CHECK(error_of({3, 4, 5}, [](Graph& g, Value x) { return g.concat(x, g.concat(g.silu(x), x)); }) < 1);
  CHECK(error_of({3, 4, 5}, [](Graph& g, Value x) {
          const Value both = g.concat(x, g.conv(x, 5, 3, "a"));
          return g.add(g.conv(g.silu(g.group_norm(both, "n")), 8, 3, "b"), both);
        }) < 1);
  CHECK(error_of({3, 4, 5}, [](Graph& g, Value x) { return g.conv(g.concat(x, g.conv(x, 5, 3, "a")), 4, 3, "b"); }) <
        1);
}

TEST_CASE("engine two ways: normalisation", "[engine]") {
  for (const int64_t channels : {1, 3, 17, 32, 320}) {
    CAPTURE(channels);
    CHECK(error_of({channels, 7, 9}, [&](Graph& g, Value x) { return g.group_norm(x, "n"); }) < 1);
    CHECK(error_of({channels, 7, 9}, [&](Graph& g, Value x) { return g.silu(g.group_norm(x, "n")); }) < 1);
  }
  CHECK(error_of({19}, [](Graph& g, Value x) { return g.silu(g.layer_norm(x, "n")); }) < 1);
  CHECK(error_of({19}, [](Graph& g, Value x) { return g.modulate(x, g.linear(x, 38, "l")); }) < 1);
  CHECK(error_of({19}, [](Graph& g, Value x) {
          const Value y = g.layer_norm(x, "n");  // read twice: nothing may be fused past it
          return g.add(g.silu(y), g.modulate(y, g.linear(x, 38, "l")));
        }) < 1);
}

TEST_CASE("engine two ways: normalisation adds the ε that it is given", "[engine]") {
  CHECK(error_of({8, 5, 3}, [](Graph& g, Value x) { return g.group_norm(x, "n", 0.5); }) < 1);
  CHECK(error_of({19}, [](Graph& g, Value x) { return g.layer_norm(x, "n", 0.5); }) < 1);
}

TEST_CASE("engine two ways: the variance about a mean of a thousand deviations", "[engine]") {
  Graph graph;
  graph.output(graph.group_norm(graph.input({8, 16, 16}), "n"));
  Batch batch = batch_of(graph, 1, 0);
  for (float& v : batch.x) v += 1000;
  std::vector<test::Doubles> parameters;
  for (const std::vector<float>& values : parameters_of(graph)) parameters.emplace_back(values.begin(), values.end());
  const test::Doubles truth = test::evaluate(graph, parameters, {.x = {batch.x.begin(), batch.x.end()}});
  for (const Kernels& k : all_kernels()) {
    if (k.precision != Precision::float32) continue;
    const std::vector<float> got = run(graph, batch, options_of(k));
    double worst = 0;
    for (size_t i = 0; i < got.size(); ++i) worst = std::max(worst, std::abs(double(got[i]) - truth[i]));
    // The mean is rounded to float32, by 2⁻²⁴ of it at most, and so is factor·x: 1e-4 each. Σx² − (Σx)² in float32
    // would have no digit left.
    CHECK(worst < 4e-4);
  }
}

TEST_CASE("engine two ways: layer normalisation of pixels, with what follows it", "[engine]") {
  for (const int64_t channels : {3, 17, 32, 320}) {
    CAPTURE(channels);
    CHECK(error_of({channels, 7, 9}, [](Graph& g, Value x) { return g.layer_norm(x); }) < 1);
    CHECK(error_of({channels, 7, 9}, [](Graph& g, Value x) { return g.gelu(g.layer_norm(x)); }) < 1);
    CHECK(error_of({channels, 7, 9}, [&](Graph& g, Value x) {
            return g.conv(g.silu(g.modulate(g.layer_norm(x), g.linear(g.mean(x), 2 * channels, "l"))), 5, 3, "c");
          }) < 1);
  }
  CHECK(error_of({19}, [](Graph& g, Value x) { return g.layer_norm(x); }) < 1);
  CHECK(error_of({6, 3, 4}, [](Graph& g, Value x) { return g.layer_norm(g.concat(x, g.gelu(x))); }) < 1);
  CHECK(error_of({6, 3, 4}, [](Graph& g, Value x) { return g.layer_norm(g.upsample(x)); }) < 1);
  CHECK(error_of({6, 3, 4}, [](Graph& g, Value x) {
          const Value norm = g.layer_norm(x);  // before what it will be modulated by
          return g.silu(g.modulate(norm, g.linear(g.mean(x), 12, "l")));
        }) < 1);
}

TEST_CASE("engine two ways: gates, alone and in sums", "[engine]") {
  const auto gated = [](Graph& g, Value x, const std::string& name) {
    return g.gate(x, g.linear(g.mean(x), g.channels(x), name));
  };
  for (const int64_t channels : {1, 17, 64}) {
    CAPTURE(channels);
    CHECK(error_of({channels, 3, 5}, [&](Graph& g, Value x) { return gated(g, x, "a"); }) < 1);
    CHECK(error_of({channels, 3, 5}, [&](Graph& g, Value x) { return g.add(x, gated(g, x, "a")); }) < 1);
    CHECK(error_of({channels, 3, 5}, [&](Graph& g, Value x) {
            return g.conv(g.add(gated(g, g.conv(x, channels, 3, "c"), "a"), x), 4, 3, "d");
          }) < 1);
  }
  CHECK(error_of({3, 4, 5}, [&](Graph& g, Value x) { return g.add(gated(g, x, "a"), gated(g, x, "b")); }) < 1);
  CHECK(error_of({3, 4, 5}, [&](Graph& g, Value x) { return g.add(g.conv(x, 3, 3, "c"), gated(g, x, "a")); }) < 1);
  CHECK(error_of({3, 4, 5}, [&](Graph& g, Value x) {
          const Value y = gated(g, x, "a");  // read twice: nothing may be fused past it
          return g.add(y, g.silu(y));
        }) < 1);
  CHECK(error_of({3, 4, 5}, [&](Graph& g, Value x) {
          const Value both = g.concat(x, g.silu(x));
          return g.add(both, gated(g, both, "a"));
        }) < 1);
  CHECK(error_of({19}, [&](Graph& g, Value x) { return g.add(x, g.gate(x, g.gelu(x))); }) < 1);
}

TEST_CASE("engine two ways: sums of what depends on the noise level alone and what does not", "[engine]") {
  const auto level = [](Graph& g) { return g.linear(g.positional_embedding(g.noise_level(), 8), 5, "l"); };
  CHECK(error_of({5}, [&](Graph& g, Value x) { return g.add(x, level(g)); }) < 1);
  CHECK(error_of({5}, [&](Graph& g, Value x) {
          const Value v = level(g);
          return g.add(g.gate(v, g.silu(v)), x);
        }) < 1);
}

TEST_CASE("engine two ways: patches, positions and means", "[engine]") {
  for (const int64_t patch : {1, 2, 3}) {
    CAPTURE(patch);
    const Shape shape{5, 2 * patch, 3 * patch};
    CHECK(error_of(shape, [&](Graph& g, Value x) { return g.patchify(x, patch); }) < 1);
    CHECK(error_of(shape, [&](Graph& g, Value x) {
            return g.conv(g.unpatchify(g.conv(g.patchify(x, patch), 7 * patch * patch, 3, "a"), patch), 3, 3, "b");
          }) < 1);
  }
  for (const int64_t channels : {4, 12, 40})
    CHECK(error_of({channels, 7, 9}, [](Graph& g, Value x) { return g.add_positions(x); }) < 1);
  CHECK(error_of({4, 3, 5}, [](Graph& g, Value x) { return g.conv(g.add_positions(x), 3, 3, "c"); }) < 1);
  for (const int64_t channels : {1, 17, 320})
    CHECK(error_of({channels, 7, 9}, [](Graph& g, Value x) { return g.linear(g.mean(g.gelu(x)), 3, "l"); }) < 1);
}

TEST_CASE("engine identity: patches of an image are the image again, to the bit", "[engine]") {
  Graph graph;
  graph.output(graph.unpatchify(graph.patchify(graph.input({3, 6, 8}), 2), 2));
  const Batch batch = batch_of(graph, 3, 0);
  CHECK(run(graph, batch) == batch.x);
}

TEST_CASE("engine limit: gelu far from zero is x or nothing", "[engine]") {
  Graph graph;
  graph.output(graph.gelu(graph.input({4})));
  const Batch batch{.x = {30, 1e6f, -30, -1e6f}, .noise = {0}, .labels = {}};
  const std::vector<float> y = run(graph, batch);
  CHECK(y[0] == 30);
  CHECK(y[1] == 1e6f);
  CHECK(std::abs(y[2]) < 1e-30f);
  CHECK(std::abs(y[3]) < 1e-30f);
}

TEST_CASE("engine refusal: arrays of another size than the network's", "[engine]") {
  Graph graph;
  graph.output(graph.linear(graph.input({4}), 3, "l"));
  Executor executor(graph, parameters_of(graph));
  const std::vector<float> x(8), noise(2);
  std::vector<float> out(8);
  CHECK_THROWS_WITH(executor.forward(x, noise, {}, out),
                    "the network takes 4 numbers an image and gives 3; 8 and 8 stand for 2 images");
}

TEST_CASE("engine two ways: attention", "[engine]") {
  for (const auto& [size, heads] : {std::pair{1, 1}, {17, 2}, {40, 3}, {32, 4}, {128, 1}})
    for (const auto& [height, width] : {std::pair{1, 1}, {7, 9}, {12, 11}, {20, 17}}) {
      CAPTURE(size, heads, height, width);
      CHECK(error_of({4, height, width},
                     [&](Graph& g, Value x) { return g.attention(g.conv(x, 3 * size * heads, 3, "qkv"), heads); }) < 1);
    }
}

TEST_CASE("engine limit: attention of scores that no exponential holds", "[engine]") {
  Graph graph;
  const Value x = graph.input({3, 1, 5});
  graph.output(graph.attention(x, 1));
  const std::vector<float> q{300, -300, 1, 0, 50}, k{400, 1, -400, 3, 400}, v{1, 2, 3, 4, 5};
  Batch batch{.x = {}, .noise = {0}, .labels = {}};
  for (const auto& part : {q, k, v}) batch.x.insert(batch.x.end(), part.begin(), part.end());
  CHECK(run(graph, batch) == std::vector<float>{3, 3, 3, 3, 3});  // q·k of the first: two equal largest, v 1 and 5
}

TEST_CASE("engine limit: NaN is not lost on the way", "[engine]") {
  const std::vector<std::function<Value(Graph&, Value)>> builds = {
      [](Graph& g, Value x) { return g.attention(x, 1); },
      [](Graph& g, Value x) { return g.silu(x); },
      [](Graph& g, Value x) { return g.group_norm(x, "n"); },
      [](Graph& g, Value x) { return g.conv(x, 3, 3, "c"); },
      [](Graph& g, Value x) { return g.layer_norm(x); },
      [](Graph& g, Value x) { return g.gelu(x); },
      [](Graph& g, Value x) { return g.mean(x); }};
  for (const auto& build : builds) {
    Graph graph;
    graph.output(build(graph, graph.input({3, 1, 5})));
    Batch batch = batch_of(graph, 1, 0);
    batch.x[0] = std::nanf("");
    for (const Kernels& k : all_kernels()) CHECK(std::isnan(run(graph, batch, options_of(k))[0]));
  }
}

}  // namespace
}  // namespace athanor::engine
