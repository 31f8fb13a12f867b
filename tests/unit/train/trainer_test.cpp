#include "train/trainer.h"

#include <ATen/ATen.h>

#include <cmath>
#include <csignal>

#include "arch/network.h"
#include "support/files.h"
#include "support/function_dataset.h"

namespace athanor::train {
namespace {

using test::content_of;
using test::error_of;
using test::FunctionDataset;
using test::TempFolder;

constexpr int64_t kRows = 10;

/// Ten rows of two numbers.
FunctionDataset points() {
  return {kRows, {2}, 0, [](int64_t i, std::span<float> row) {
            row[0] = float(i) / kRows;
            row[1] = 1 - row[0] * row[0];
            return int64_t{0};
          }};
}

nn::Network small_network() {
  arch::NetworkConfig config{.type = "mlp", .shape = {2}, .classes = 0, .unet = {}, .mlp = {.width = 8, .depth = 1}};
  nn::Network network(arch::build(config));
  network.initialise(1);
  return network;
}

/// The mean of ‖F(x) − 2x‖², and NaN from row `broken` on.
class Doubling : public Objective {
 public:
  explicit Doubling(int64_t broken = INT64_MAX) : broken_(broken) {}
  at::Tensor loss(const nn::Network& network, const data::Batch& batch) const override {
    const int64_t n = int64_t(batch.rows.size()) / 2;
    const at::Tensor x = at::tensor(batch.rows).view({n, 2});
    const at::Tensor loss = (network.forward({.x = x, .noise = at::zeros({n}), .labels = {}}) - 2 * x).square().mean();
    return batch.first >= broken_ ? loss * NAN : loss;
  }

 private:
  int64_t broken_;
};

TrainerOptions short_run() {
  TrainerOptions options{.steps = 12, .batch = 4, .seed = 3};
  options.optimizer = {.learning_rate = 1e-2, .weight_decay = 0.01};
  options.schedule = {.warmup = 3, .final_fraction = 0.1, .ema_half_lives = {20}, .ema_ramp = 0.5};
  options.log_every = 2;
  options.checkpoint_every = 5;
  return options;
}

/// What a run leaves: the averaged weights at each checkpoint, and the files.
struct Trained {
  std::vector<int64_t> steps;
  at::Tensor average, weights;
  std::string state;
  bool done = false;
};

Trained run(const TrainerOptions& options, const TrainerFiles& files, const Objective& objective = Doubling(),
            const SaveModel& saved = {}, const Progress& progress = {}) {
  Trained result;
  nn::Network network = small_network();
  const FunctionDataset dataset = points();
  const auto save = [&](std::span<const at::Tensor> averages, int64_t step) {
    result.steps.push_back(step);
    result.average = averages[0].clone();
    if (saved) saved(averages, step);
  };
  result.done = train(options, files, objective, {dataset}, network, save, progress, {});
  result.weights = network.flat().clone();
  result.state = content_of(files.model + ".state.safetensors");
  return result;
}

TrainerFiles files_in(const TempFolder& folder, bool resume = false) {
  return {.model = folder / "model", .resume = resume, .identity = R"({"--lr":"0.01"})"};
}

void check_same(const Trained& got, const Trained& expected) {
  CHECK(at::equal(got.weights, expected.weights));
  CHECK(at::equal(got.average, expected.average));
  CHECK(got.state == expected.state);
}

int64_t lines_of(const std::string& path) {
  const std::string text = content_of(path);
  return std::ranges::count(text, '\n');
}

}  // namespace

TEST_CASE("value: checkpoints come at their steps and at the end, lines at theirs, and the loss falls") {
  const TempFolder folder;
  TrainerOptions options = short_run();
  options.steps = 200;
  options.checkpoint_every = 80;
  options.log_every = 30;
  std::vector<int64_t> watched;
  const Trained trained =
      run(options, files_in(folder), Doubling(), {}, [&](int64_t step) { watched.push_back(step); });
  CHECK(trained.done);
  CHECK(trained.steps == std::vector<int64_t>{80, 160, 200});
  CHECK(watched.size() == 200);
  CHECK(watched.back() == 200);
  CHECK(lines_of(folder / "model.jsonl") == 7);
  CHECK(load_state(folder / "model.state.safetensors", {}).step == 200);

  const auto loss = [&](const at::Tensor& weights) {
    nn::Network network = small_network();
    network.flat().copy_(weights);
    const FunctionDataset dataset = points();
    return Doubling().loss(network, data::Loader({dataset}, kRows, 0, 0).next()).item<double>();
  };
  const double before = loss(small_network().flat());
  // Doubling is within the network's reach: what is left is what 200 steps leave, and a loop that learns something
  // wrong leaves more than a twentieth.
  CHECK(loss(trained.weights) < 0.05 * before);
  CHECK(loss(trained.average) < 0.05 * before);
}

TEST_CASE("identity: a run from any checkpoint's state ends with the bits of the whole run") {
  const TempFolder whole_folder;
  std::vector<std::string> states;  // as they stood at steps 5, 10, 12
  const Trained whole = run(short_run(), files_in(whole_folder), Doubling(), [&](std::span<const at::Tensor>, int64_t) {
    states.push_back(content_of(whole_folder / "model.state.safetensors"));
  });
  CHECK(whole.steps == std::vector<int64_t>{5, 10, 12});
  for (const std::string& state : states) {
    const TempFolder folder;
    folder.file("model.state.safetensors", state);
    check_same(run(short_run(), files_in(folder, true)), whole);
  }
}

TEST_CASE("identity: a run stopped by a signal or by time, and resumed, ends with the bits of the whole run") {
  const TempFolder whole_folder, folder, timed_folder;
  const Trained whole = run(short_run(), files_in(whole_folder));

  int signal = 0;
  try {
    run(short_run(), files_in(folder), Doubling(), {}, [](int64_t step) {
      if (step == 7) request_stop(SIGINT);
    });
  } catch (const Interrupted& interrupted) {
    signal = interrupted.signal;
  }
  request_stop(0);
  CHECK(signal == SIGINT);
  CHECK(load_state(folder / "model.state.safetensors", {}).step == 7);
  check_same(run(short_run(), files_in(folder, true)), whole);
  CHECK(lines_of(folder / "model.jsonl") == 6);

  TrainerOptions hurried = short_run();
  hurried.max_minutes = 1e-12;
  const Trained first = run(hurried, files_in(timed_folder));
  CHECK_FALSE(first.done);
  CHECK(first.steps == std::vector<int64_t>{1});
  CHECK_FALSE(run(hurried, files_in(timed_folder, true)).done);
  check_same(run(short_run(), files_in(timed_folder, true)), whole);
}

TEST_CASE("identity: a finished run that is resumed writes the same again") {
  const TempFolder folder;
  const Trained whole = run(short_run(), files_in(folder));
  const std::string log = content_of(folder / "model.jsonl");
  const Trained again = run(short_run(), files_in(folder, true));
  CHECK(again.done);
  CHECK(again.steps == std::vector<int64_t>{12});
  check_same(again, whole);
  CHECK(content_of(folder / "model.jsonl") == log);
}

TEST_CASE("identity: a batch in parts leaves the weights of the whole batch up to rounding") {
  const TempFolder whole_folder, parts_folder;
  TrainerOptions options = short_run();
  const Trained whole = run(options, files_in(whole_folder));
  options.accumulate = 2;
  const Trained parts = run(options, files_in(parts_folder));
  // Twelve steps of at most 1e-2 each, in directions that sums of float32 in another order leave within some 1e-6.
  CHECK(at::allclose(parts.weights, whole.weights, 1e-5, 1e-6));
  CHECK(at::allclose(parts.average, whole.average, 1e-5, 1e-6));
}

TEST_CASE("identity: parts taken by the momentum, one after another, are the whole batch where nothing is clipped") {
  for (const char* name : {"sgd", "lion", "tiger"}) {
    const TempFolder whole_folder, parts_folder;
    TrainerOptions options = short_run();
    options.optimizer.name = name;
    options.clip = 1e9;
    const Trained whole = run(options, files_in(whole_folder));
    options.accumulate = 4;
    options.accumulate_in_momentum = true;
    const Trained parts = run(options, files_in(parts_folder));
    INFO(name);
    // lion and tiger step by signs: one that differed would show as a whole step, 1e-4 or more at these rates.
    CHECK(at::allclose(parts.weights, whole.weights, 1e-4, 1e-5));
  }
}

TEST_CASE("identity: several averages in one run are those of runs with one each") {
  TrainerOptions options = short_run();
  options.schedule.ema_half_lives = {20, 200};
  const TempFolder both_folder, second_folder;
  std::vector<at::Tensor> both;
  run(options, files_in(both_folder), Doubling(), [&](std::span<const at::Tensor> averages, int64_t) {
    both.clear();
    for (const at::Tensor& average : averages) both.push_back(average.clone());
  });
  options.schedule.ema_half_lives = {200};
  REQUIRE(both.size() == 2);
  CHECK(at::equal(run(options, files_in(second_folder)).average, both[1]));
  CHECK_FALSE(at::equal(both[0], both[1]));
}

TEST_CASE("identity: every optimizer goes on from its state to the bits of the whole run") {
  for (const char* name : {"adamw", "sgd", "lion", "tiger"}) {
    const TempFolder whole_folder, folder;
    TrainerOptions options = short_run();
    options.optimizer.name = name;
    std::string state;
    const Trained whole =
        run(options, files_in(whole_folder), Doubling(), [&](std::span<const at::Tensor>, int64_t step) {
          if (step == 5) state = content_of(whole_folder / "model.state.safetensors");
        });
    folder.file("model.state.safetensors", state);
    INFO(name);
    check_same(run(options, files_in(folder, true)), whole);
  }
}

TEST_CASE("limit: clipping at nothing leaves almost nothing to learn from, and norms below the limit alone") {
  const TempFolder folder;
  TrainerOptions options = short_run();
  options.clip = 1e9;
  const Trained free = run(options, files_in(folder));
  options.clip = 1e8;
  check_same(run(options, files_in(folder)), free);
  options.optimizer.weight_decay = 0;
  options.optimizer.epsilon = 1;  // the step is then proportional to the gradient
  options.clip = 1e-9;
  CHECK((run(options, files_in(folder)).weights - small_network().flat()).abs().max().item<double>() < 1e-9);
}

TEST_CASE("refusal: a loss that is not finite names the step and leaves the last checkpoint") {
  const TempFolder folder;
  std::string state;
  int64_t saved = 0;
  const Error error = error_of([&] {
    run(short_run(), files_in(folder), Doubling(7 * 4), [&](std::span<const at::Tensor>, int64_t step) {
      saved = step;
      state = content_of(folder / "model.state.safetensors");
    });
  });
  CHECK(error.kind() == ErrorKind::data);
  CHECK(std::string(error.what()) == "step 8: the loss is not finite; the last checkpoint is of step 5");
  CHECK(saved == 5);
  CHECK(content_of(folder / "model.state.safetensors") == state);
}

TEST_CASE("refusal: a loss and a gradient that are not finite are told apart, also where the optimizer survives NaN") {
  const auto refused = [](const char* optimizer, const Objective& objective) {
    const TempFolder folder;
    TrainerOptions options = short_run();
    options.optimizer.name = optimizer;
    return std::string(error_of([&] { run(options, files_in(folder), objective); }).what());
  };
  /// The root of nothing: 0, of infinite slope.
  class Edge : public Objective {
   public:
    at::Tensor loss(const nn::Network& network, const data::Batch& batch) const override {
      return (0 * Doubling().loss(network, batch)).sqrt();
    }
  };
  for (const char* optimizer : {"adamw", "tiger"})
    CHECK(refused(optimizer, Doubling(8)) == "step 3: the loss is not finite; the last checkpoint is of step 0");
  CHECK(refused("adamw", Edge()) == "step 1: the gradient is not finite; the last checkpoint is of step 0");
}

TEST_CASE("identity: a run that survived NaN can be resumed") {
  /// Its gradient is NaN at the third step alone, its loss never.
  class Once : public Objective {
   public:
    at::Tensor loss(const nn::Network& network, const data::Batch& batch) const override {
      const at::Tensor loss = Doubling().loss(network, batch);
      return batch.first == 8 ? loss + (0 * loss).sqrt() : loss;
    }
  };
  const TempFolder whole_folder, folder;
  TrainerOptions options = short_run();
  options.optimizer.name = "tiger";
  const Trained whole = run(options, files_in(whole_folder), Once(), [&](std::span<const at::Tensor>, int64_t step) {
    if (step != 5) return;
    folder.file("model.state.safetensors", content_of(whole_folder / "model.state.safetensors"));
    folder.file("model.jsonl", content_of(whole_folder / "model.jsonl"));
  });
  CHECK(content_of(folder / "model.jsonl").find("\"gradient_norm\":null") != std::string::npos);
  check_same(run(options, files_in(folder, true), Once()), whole);
}

TEST_CASE("refusal: a failure before the first checkpoint leaves nothing") {
  const TempFolder folder;
  const Error error = error_of([&] { run(short_run(), files_in(folder), Doubling(0)); });
  CHECK(std::string(error.what()) == "step 1: the loss is not finite; the last checkpoint is of step 0");
  CHECK(folder.names() == std::vector<std::string>{});
}

TEST_CASE("refusal: a state of other options, of another network or of more steps") {
  const TempFolder folder;
  CHECK(std::string(error_of([&] { run(short_run(), files_in(folder, true)); }).what()) ==
        folder / "model.state.safetensors: no such file or directory");
  run(short_run(), files_in(folder));
  TrainerFiles files = files_in(folder, true);
  files.identity = R"({"--lr":"0.02"})";
  CHECK(std::string(error_of([&] { run(short_run(), files); }).what()) ==
        "the training to be resumed has --lr \"0.01\", not \"0.02\"; give the same options to go on with it");
  TrainerOptions options = short_run();
  options.steps = 6;
  CHECK(std::string(error_of([&] { run(options, files_in(folder, true)); }).what()) ==
        folder / "model.state.safetensors: 12 steps are done, more than the 6 of this run");
}

}  // namespace athanor::train
