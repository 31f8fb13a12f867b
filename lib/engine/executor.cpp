#include "engine/executor.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cmath>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "array/convert.h"
#include "core/parallel.h"

namespace athanor::engine {
namespace {

/// Operations of an image from which on several threads gain more by sharing it than they lose by waiting for each
/// other, on a machine that has something else to do too.
constexpr int64_t kTeamWork = 1'000'000'000;

/// Operations of a whole run below which to start a second thread takes longer than to do its part.
constexpr int64_t kThreadWork = 4'000'000;

int64_t flops_of(const Program& program) {
  int64_t sum = 0;
  for (const auto& step : program.steps) sum += step->flops;
  return sum;
}

/// Images of a micro-batch: weights go by once for all of them. What an operation reads and writes is to stay in a
/// core's own cache, or, where one image is more than that, in its part of the last one.
int64_t images_together(const arch::Graph& graph) {
  constexpr int64_t own_cache = 1 << 20, last_cache = 1 << 23, most = 48;
  int64_t elements = 1;
  for (const arch::Node& node : graph.nodes()) {
    int64_t touched = element_count(node.shape);
    for (const int input : node.inputs) touched += element_count(graph.nodes()[size_t(input)].shape);
    elements = std::max(elements, touched);
  }
  const int64_t bytes = elements * int64_t(sizeof(float));
  return std::clamp<int64_t>((bytes < own_cache ? own_cache : last_cache) / bytes, 1, most);
}

/// A thread for each part of what is worth it.
Parallel on_threads(int64_t threads) {
  return [threads](int64_t n, const std::function<void(int64_t, int64_t)>& f) {
    const int64_t parts = std::clamp<int64_t>(n / 8, 1, threads);
    in_parallel(parts, parts, [&](int64_t i) { f(i * n / parts, (i + 1) * n / parts); });
  };
}

/// Throws Error{data} when one image alone would take more memory than this machine has: sizes stand in a checkpoint,
/// and need not be those of its parameters.
void check_memory(const arch::Graph& graph) {
  double places = 0, largest = 0;
  for (const arch::Node& node : graph.nodes()) {
    double elements = double(element_count(node.shape));
    if (node.op == arch::Op::conv2d) places += 2 * sizeof(int64_t) * elements / double(node.shape[0]);
    for (const int input : node.inputs) elements += double(element_count(graph.nodes()[size_t(input)].shape));
    largest = std::max(largest, elements * sizeof(float));
  }
  const double memory = double(sysconf(_SC_PHYS_PAGES)) * double(sysconf(_SC_PAGE_SIZE));
  require(places + largest <= memory, "an image of {} takes more than {} of memory, and this machine has {}",
          shape_text(graph.nodes()[size_t(graph.input_node())].shape), human(places + largest, "B"),
          human(memory, "B"));
}

/// Threads that take one step after another together.
class Team {
 public:
  explicit Team(int64_t size) : size_(size), barrier_(size) {}
  /// One of them will never come.
  void do_without_one() { barrier_.arrive_and_drop(); }
  /// Waits for the others.
  void meet() {
    if (size_ > 1) barrier_.arrive_and_wait();
  }
  /// Calls f, unless one of them has failed: all go on to meet, and the first failure is kept.
  template <class F>
  void attempt(F f) {
    if (failed_) return;
    try {
      f();
    } catch (...) {
      const std::scoped_lock lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      failed_ = true;
    }
  }
  bool failed() const { return failed_; }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  int64_t size_;
  std::barrier<> barrier_;
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::atomic<bool> failed_ = false;
};

Parameters read_parameters(const arch::Graph& graph, io::TensorReader& checkpoint) {
  std::map<std::string_view, size_t> position;
  for (size_t i = 0; i < graph.parameters().size(); ++i) position[graph.parameters()[i].name] = i;
  Parameters parameters(graph.parameters().size());
  for (const io::TensorInfo& info : checkpoint.layout().tensors) {  // in the order of the file, so that a pipe will do
    std::vector<float>& values = parameters[position.at(info.name)];
    values.resize(size_t(info.elements()));
    array::to_float32(info.dtype, checkpoint.read(info), values);
    require(std::ranges::all_of(values, [](float v) { return std::isfinite(v); }), "{} is not finite", info.name);
  }
  checkpoint.finish();
  return parameters;
}

}  // namespace

void Options::fields(Fields& v) {
  v.opt(
      "--dtype", dtype,
      "what the network is computed in; bfloat16 is the fast way, bf16x3 is float32 to 1e-4 where a processor has fast "
      "bfloat16 products",
      one_of(precision_names()));
  v.opt("--threads", threads, "threads of the network; 0: as many as there are processors", between(0, 4096));
  v.hidden("--kernels", kernels, "instruction set of the network's kernels; the best of this processor when not given");
}

Executor::Executor(const arch::Graph& graph, Parameters parameters, const Options& options)
    : arch::Executor(graph),
      threads_(thread_count(options.threads)),
      in_(element_count(graph.nodes()[size_t(graph.input_node())].shape)),
      out_(element_count(graph.nodes()[size_t(graph.output_node())].shape)),
      parameters_(std::move(parameters)),
      lowered_(lower(graph, parameters_, options.kernels, precision_named(options.dtype), images_together(graph),
                     on_threads(threads_))) {
  const Program &a = lowered_.conditioning, &b = lowered_.image;
  for (int64_t t = 0; t < threads_; ++t) {
    arenas_.emplace_back(std::max(a.arena, b.arena));
    scratches_.emplace_back(std::max(a.scratch, b.scratch) * int64_t(sizeof(float)));
  }
}

void Executor::run(std::span<const float> x, std::span<const float> noise, std::span<const int64_t> labels,
                   std::span<float> out) {
  const std::vector<const float*> rows = condition(noise, labels);
  run(lowered_.image, int64_t(noise.size()), [&](Frame& frame, int64_t first) {
    frame.input = x.data() + first * in_;
    frame.output = out.data() + first * out_;
    frame.conditions = rows.data() + first;
  });
}

/// The row of conditions of each image; those with the same noise level and label share it.
std::vector<const float*> Executor::condition(std::span<const float> noise, std::span<const int64_t> labels) {
  std::map<std::pair<float, int64_t>, int64_t> known;
  std::vector<float> levels;
  std::vector<int64_t> classes, row_of;
  for (size_t i = 0; i < noise.size(); ++i) {
    const int64_t label = labels.empty() ? -1 : labels[i];
    const auto [it, fresh] = known.emplace(std::pair{noise[i], label}, int64_t(levels.size()));
    if (fresh) {
      levels.push_back(noise[i]);
      classes.push_back(label);
    }
    row_of.push_back(it->second);
  }
  conditions_.resize(levels.size() * size_t(lowered_.condition_width));
  run(
      lowered_.conditioning, int64_t(levels.size()),
      [&](Frame& frame, int64_t first) {
        frame.noise = levels.data() + first;
        frame.labels = classes.data() + first;
      },
      [&](const Frame& frame, int64_t first) {
        for (int64_t i = 0; i < frame.images; ++i) {
          float* row = conditions_.data() + (first + i) * lowered_.condition_width;
          for (const int value : lowered_.conditioning.results) {
            frame.kernels().widen(frame.data(value, i), frame.plane(value).channels, row);
            row += frame.plane(value).channels;
          }
        }
      });
  std::vector<const float*> rows;
  for (const int64_t row : row_of) rows.push_back(conditions_.data() + row * lowered_.condition_width);
  return rows;
}

/// Runs a program on all images: a micro-batch a thread, or, where there are fewer of them than threads, several
/// threads on each.
void Executor::run(const Program& program, int64_t images, const std::function<void(Frame&, int64_t)>& begin,
                   const std::function<void(const Frame&, int64_t)>& end) {
  // Micro-batches of equal size, and as many for every thread.
  const int64_t least = (images + program.images - 1) / program.images;
  const int64_t batches = std::min(images, (least + threads_ - 1) / threads_ * threads_);
  const int64_t work_of_one = flops_of(program);
  const int64_t teams = work_of_one * images < kThreadWork ? 1 : std::min(threads_, batches);
  const int64_t team_size = work_of_one < kTeamWork ? 1 : threads_ / std::max<int64_t>(1, teams);
  std::atomic<int64_t> next = 0;
  // A team works on one micro-batch at a time. Where there are enough of them, a team is one thread.
  in_parallel(teams, teams, [&](int64_t index) {
    Team team(team_size);
    int64_t batch = 0;
    const auto member = [&](int64_t m) {
      const Share share{.index = m, .count = team_size};
      float* const scratch = reinterpret_cast<float*>(scratches_[size_t(index * team_size + m)].get());
      for (;;) {
        if (m == 0) batch = team.failed() ? batches : next++;
        team.meet();
        if (batch >= batches) return;
        const int64_t first = batch * images / batches, last = (batch + 1) * images / batches;
        Frame frame{
            .program = program, .images = last - first, .arena = arenas_[size_t(index)].get(), .scratch = scratch};
        team.attempt([&] { begin(frame, first); });
        for (const auto& step : program.steps) {
          team.attempt([&] { step->run(frame, share); });
          team.meet();
        }
        if (end && m == 0) team.attempt([&] { end(frame, first); });
      }
    };
    // All at once, since they wait for each other.
    std::vector<std::jthread> others;
    team.attempt([&] {
      for (int64_t m = 1; m < team_size; ++m) others.emplace_back(member, m);
    });
    for (int64_t m = 1 + int64_t(others.size()); m < team_size; ++m) team.do_without_one();
    member(0);
    others.clear();
    team.rethrow();
  });
}

/// Milliseconds of each step, the least of several runs.
std::string Executor::explain() {
  using Clock = std::chrono::steady_clock;
  const int64_t images = lowered_.image.images;
  const std::vector<float> x(size_t(images * in_), 0.5f), noise(size_t(images), 0.25f);
  const std::vector<int64_t> labels(size_t(images), -1);
  std::vector<float> out(static_cast<size_t>(images * out_));
  const std::vector<const float*> conditions = condition(noise, labels);
  const Program& program = lowered_.image;
  std::vector<double> times(program.steps.size(), INFINITY);
  const Frame frame{.program = program,
                    .images = images,
                    .arena = arenas_[0].get(),
                    .scratch = reinterpret_cast<float*>(scratches_[0].get()),
                    .input = x.data(),
                    .output = out.data(),
                    .conditions = conditions.data()};
  for (int repeat = 0; repeat < 8; ++repeat)
    for (size_t s = 0; s < times.size(); ++s) {
      const Clock::time_point start = Clock::now();
      program.steps[s]->run(frame, {});
      const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
      times[s] = std::min(times[s], seconds / double(images));
    }
  double total = 0;
  for (const double time : times) total += time;
  std::string text = fmt::format("kernels {} in {}, {} steps, {} at a time, an image {:.3f} ms, activations {}\n",
                                 program.kernels->name, precision_names()[size_t(program.kernels->precision)],
                                 times.size(), images, 1e3 * total, human(double(program.arena), "B"));
  for (size_t s = 0; s < times.size(); ++s) {
    const Step& step = *program.steps[s];
    int64_t elements = step.writes < 0 ? 0 : frame.plane(step.writes).elements();
    for (const int value : step.reads) elements += frame.plane(value).elements();
    text +=
        fmt::format("{:5.1f} %  {:8.3f} ms  {:>8} GFLOP/s  {:6.1f} GB/s  {}\n", 100 * times[s] / total, 1e3 * times[s],
                    step.flops == 0 ? "" : fmt::format("{:.1f}", double(step.flops) / times[s] * 1e-9),
                    double(elements * program.kernels->element) / times[s] * 1e-9, step.what);
  }
  return text;
}

std::unique_ptr<Executor> make_executor(const arch::Graph& graph, io::TensorReader& checkpoint,
                                        const Options& options) {
  // Before a byte is allocated on the config's word.
  arch::check_parameters(graph, checkpoint.layout().tensors);
  check_memory(graph);
  return std::make_unique<Executor>(graph, read_parameters(graph, checkpoint), options);
}

std::unique_ptr<Executor> make_executor(const arch::NetworkConfig& config, io::TensorReader& checkpoint,
                                        const Options& options) {
  return make_executor(arch::build(config), checkpoint, options);
}

}  // namespace athanor::engine
