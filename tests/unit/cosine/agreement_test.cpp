#include "cosine/agreement.h"

#include <cmath>

#include "cosine/report.h"
#include "unit/checkpoint/make.h"

namespace athanor::cosine {
namespace {

using athanor::test::TempFolder;
using checkpoint::test::save;
using checkpoint::test::tensor;
using checkpoint::test::Tensor;

Grouping grouping(const std::string& text) {
  Grouping made;
  from_text(text, made);
  return made;
}
Agreement compared(const std::string& a_path, const std::string& b_path, const std::string& groups,
                   int64_t threads = 1) {
  io::TensorReader a = io::TensorReader::open({a_path}), b = io::TensorReader::open({b_path});
  Options options{.grouping = grouping(groups), .selection = {}};
  options.threads = threads;
  return compare({.a = a, .b = b}, options, {}, {});
}
Tensor row_of(std::string name, const std::vector<double>& values) {
  return tensor(std::move(name), DType::f64, {int64_t(values.size())}, values);
}

TEST_CASE("agreement: value: Su's paradox: every local cosine is 1, the global one 3/sqrt(10)", "[cosine]") {
  const TempFolder folder;
  const std::string a = save(folder / "a.npy", {row_of("arr_0", {1, 1})}),
                    b = save(folder / "b.npy", {row_of("arr_0", {1, 2})});
  Agreement found = compared(a, b, "element");
  CHECK(found.profile.groups == 2);
  CHECK(found.profile.least.value == 1);
  CHECK(found.whole.cosine() == Approx(3 / std::sqrt(10)).epsilon(1e-15));
  CHECK(found.profile.agreement(found.whole) == Approx(3 / std::sqrt(10)).epsilon(1e-15));
  CHECK(found.profile.direction(found.whole) == Approx(1).epsilon(1e-15));
  CHECK(found.profile.kappa() == 2);
  CHECK(figures_of(found, grouping("element")).paradox.has_value());
}

TEST_CASE("agreement: limit: the global cosine goes to 0 with local ones of 1", "[cosine]") {
  const TempFolder folder;
  const double e = 1e-9;
  const std::string a = save(folder / "a.safetensors", {row_of("x", {e, 0}), row_of("y", {0, 1})});
  const std::string b = save(folder / "b.safetensors", {row_of("x", {1, 0}), row_of("y", {0, e})});
  const Agreement found = compared(a, b, "tensor");
  CHECK(found.profile.least.value == 1);
  CHECK(found.whole.cosine() == Approx(2 * e).epsilon(1e-12));
}

TEST_CASE("agreement: value: Cassels' bound is attained by two groups", "[cosine]") {
  // |x1|² : |x2|² = M : m, ratios m and M; all local cosines are 0.8.
  const TempFolder folder;
  for (const double kappa : {2.0, 4.0, 9.0, 13.93, 100.0}) {
    const double m = 0.5, M = m * kappa, u = std::sqrt(M), v = std::sqrt(m);
    const std::string a = save(folder / "a.safetensors", {row_of("x", {u, 0}), row_of("y", {v, 0})});
    const std::string b = save(folder / "b.safetensors",
                               {row_of("x", {0.8 * u * m, 0.6 * u * m}), row_of("y", {0.8 * v * M, 0.6 * v * M})});
    const Agreement found = compared(a, b, "tensor");
    INFO("kappa " << kappa);
    CHECK(found.profile.floor() == Approx(0.8 * 2 * std::sqrt(kappa) / (1 + kappa)).epsilon(1e-12));
    CHECK(found.whole.cosine() == Approx(found.profile.floor()).epsilon(1e-12));
  }
}

TEST_CASE("agreement: two ways: groups, chunks and threads against loops, in every kind of group", "[cosine]") {
  const TempFolder folder;
  std::vector<double> x(300 * 700), y(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    x[i] = std::sin(double(i));
    y[i] = std::sin(double(i) * 1.01) * (1 + double(i / 700) / 100);
  }
  const auto both = [&](const std::string& name, const std::vector<double>& numbers) {
    return save(folder / name, {tensor("h.0.w", DType::f64, {300, 700}, numbers),
                                row_of("h.1.w", {numbers.begin(), numbers.begin() + 10})});
  };
  const std::string a = both("a.safetensors", x), b = both("b.safetensors", y);
  for (const auto& [groups, length] : {std::pair<std::string, size_t>{"row", 700},
                                       {"block:999", 999},
                                       {"block:100000", 100'000},
                                       {"tensor", x.size()},
                                       {"layer", x.size()},
                                       {"regex:h", x.size() + 10}}) {
    double norms = 0, least = 1;
    std::vector<std::pair<double, double>> all;
    for (size_t i = 0; i < x.size() + 10; ++i)
      all.push_back(i < x.size() ? std::pair{x[i], y[i]} : std::pair{x[i - x.size()], y[i - x.size()]});
    for (size_t begin = 0; begin < all.size();) {
      const size_t tensor_end = begin < x.size() && length <= x.size() ? x.size() : all.size();
      const size_t end = std::min(tensor_end, begin + length);
      double xy = 0, xx = 0, yy = 0;
      for (; begin < end; ++begin) {
        xy += all[begin].first * all[begin].second;
        xx += all[begin].first * all[begin].first;
        yy += all[begin].second * all[begin].second;
      }
      norms += std::sqrt(xx * yy);
      least = std::min(least, xy / std::sqrt(xx * yy));
    }
    for (const int64_t threads : {1, 3}) {
      const Agreement found = compared(a, b, groups, threads);
      INFO(groups);
      CHECK(found.profile.norms.value() == Approx(norms).epsilon(1e-12));
      CHECK(found.profile.least.value == Approx(least).epsilon(1e-12));
      CHECK(found.whole.count == all.size());
      CHECK(found.whole.xy.value() == compared(a, b, groups).whole.xy.value());
    }
  }
}

TEST_CASE("agreement: identity: C = W·c̄ in every kind of group", "[cosine]") {
  const TempFolder folder;
  std::vector<double> x(4000), y(4000);
  for (size_t i = 0; i < x.size(); ++i) {
    x[i] = std::sin(double(i) * 0.7);
    y[i] = std::cos(double(i) * 0.3) + x[i];
  }
  const std::string a = save(folder / "a.npy", {tensor("arr_0", DType::f32, {40, 100}, x)}),
                    b = save(folder / "b.npy", {tensor("arr_0", DType::f32, {40, 100}, y)});
  for (const char* groups : {"tensor", "row", "element", "block:7", "layer"}) {
    const Agreement found = compared(a, b, groups);
    const double w = found.profile.agreement(found.whole);
    CHECK(w * found.profile.direction(found.whole) == Approx(found.whole.cosine()).epsilon(1e-13));
    CHECK(1 - w == Approx(found.profile.disagreement(found.whole)).margin(1e-14));
  }
}

TEST_CASE("agreement: value: a paradox names the tensor without which the norms agree", "[cosine]") {
  const TempFolder folder;
  std::vector<Tensor> in_a, in_b;
  for (int i = 0; i < 30; ++i) {
    const std::string name = "t" + std::to_string(i);
    in_a.push_back(row_of(name, {1, 2}));
    in_b.push_back(row_of(name, i == 7 ? std::vector<double>{100, 200} : std::vector<double>{1, 2.01}));
  }
  Agreement found = compared(save(folder / "a.safetensors", in_a), save(folder / "b.safetensors", in_b), "tensor");
  const Figures figures = figures_of(found, grouping("tensor"));
  REQUIRE(figures.paradox);
  CHECK(figures.paradox->parts == std::vector<std::string>{"t7"});
  CHECK(figures.paradox->cosine > 0.9999);
}

TEST_CASE("agreement: value: task vectors, and an update beside a gradient", "[cosine]") {
  const TempFolder folder;
  const std::string base = save(folder / "base.npy", {row_of("arr_0", {10, 20})}),
                    a = save(folder / "a.npy", {row_of("arr_0", {11, 20})}),
                    b = save(folder / "b.npy", {row_of("arr_0", {11, 21})});
  const auto with = [&](bool update) {
    io::TensorReader in_a = io::TensorReader::open({a}), in_b = io::TensorReader::open({b}),
                     third = io::TensorReader::open({base});
    return compare({.a = in_a, .b = in_b, .base = update ? nullptr : &third, .update = update ? &third : nullptr}, {},
                   {}, {})
        .whole;
  };
  CHECK(with(false).cosine() == Approx(std::sqrt(0.5)).epsilon(1e-15));  // (1,0) and (1,1)
  CHECK(with(true).xy.value() == 20);                                    // (0,1) and (10,20)
}

TEST_CASE("agreement: value: layers are cut behind the last number of a name", "[cosine]") {
  const Grouping layers = grouping("layer");
  CHECK(layers.group_of("model.layers.3.mlp.up_proj.weight") == "model.layers.3");
  CHECK(layers.group_of("down_blocks.1.resnets.0.conv1.weight") == "down_blocks.1.resnets.0");
  CHECK(layers.group_of("lm_head.weight") == "lm_head");
  CHECK(layers.group_of("w") == "w");
  CHECK(layers.group_of("h.0") == "h");
  CHECK(grouping("regex:(q|k)_proj").group_of("a.k_proj.b") == "k");
  for (const char* text : {"tensor", "row", "element", "layer", "block:64", "regex:a.b"})
    CHECK(to_text(grouping(text)) == text);
}

}  // namespace
}  // namespace athanor::cosine
