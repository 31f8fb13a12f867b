// sample: draw images from a diffusion model.
#include "cli/tool.h"
#include "data/row_writer.h"
#include "diffusion/guidance.h"
#include "diffusion/model.h"
#include "diffusion/network_denoiser.h"
#include "diffusion/noise_rows.h"
#include "diffusion/sampler.h"
#include "diffusion/trajectory.h"
#include "engine/executor.h"

namespace athanor {
namespace {

struct Args {
  io::Source model{"digits"}, noise;
  io::Sink out, trajectory;
  int64_t count = 16, batch = 64, first = 0;
  uint64_t seed = 0;
  Shard shard;
  IndexList labels;
  std::optional<double> cfg;
  bool dry_run = false, explain = false;
  engine::Options network;
  diffusion::SolverOptions solver;
  diffusion::GridOptions grid;
  image::SheetOptions sheet;
  void fields(Fields& v) {
    v.opt("-m,--model", model, "checkpoint: a safetensors file, or a built-in model's name (digits)");
    v.opt(
        "-o,--output", out,
        "safetensors, .npy, .npz (as ADM's evaluators read it), .pt, a sheet (.png, .jpg …), or a folder of PNG files "
        "(ends in /); standard output when not given");
    v.opt("-n,--count", count, "images to draw", between(1, 1e9));
    v.opt("--seed", seed, "image i depends on (seed, i) alone");
    v.opt("--first", first, "number of the first image", between(0, 1e15));
    v.opt("--shard", shard, "draw only this part of the images");
    v.opt("--labels", labels, "classes, dealt out to images 0, 1, 2 … in turn; all classes when not given");
    v.opt("--cfg", cfg,
          "weight of classifier-free guidance; 1: none, 0: without classes; the model's own when not given",
          between(-1000, 1000));
    v.opt("--batch", batch, "images that go through the network together", between(1, 65536));
    v.opt("--noise", noise,
          "tensor whose rows images first, first + 1 … start from: unit normals, or the source of a transfer");
    v.opt("--trajectory", trajectory, "safetensors for the states at every noise level; the images must be one batch");
    v.opt("--dry-run", dry_run, "say what would be done, and do nothing");
    v.opt("--explain", explain, "say which steps the network was compiled to and what each costs; draw nothing");
    v.group("Network", network);
    v.group("Solver", solver);
    v.group("Grid", grid);
    v.group("Sheet", sheet);
  }
};

const cli::Spec spec{
    .name = "sample",
    .synopsis = "draw images from a diffusion model",
    .description =
        "Starts every image from noise and lets a solver carry it through falling noise levels to a clean image. "
        "Images go to the output as soon as their batch is done. Image i depends on the model, the seed, i, its "
        "label and noise and the options of network, solver and grid, and on nothing else: another batch size, "
        "--first, "
        "shard or number of threads draws the same images to the last bit, on one kind of processor.\n\n"
        "--trajectory writes `trajectory` [steps + 1, images, shape…], from noise to image, and `sigmas` [steps + 1].",
    .examples = {{"sample -n 40 -o digits.png", "forty handwritten digits on one sheet"},
                 {"sample -n 16 --labels 3,7 --cfg 2 -o threes-and-sevens.png", "chosen classes, more pronounced"},
                 {"sample --solver ipndm --steps 6 --dry-run", "what six steps cost, and where they go"},
                 {"sample -n 64 | image-grid --columns 8 -o sheet.png", "as a stream"}},
    .references = {"Karras, Aittala, Aila, Laine: Elucidating the design space of diffusion-based generative models "
                   "(2022)",
                   "Song, Meng, Ermon: Denoising diffusion implicit models (2021)", "Lu et al.: DPM-Solver++ (2022)",
                   "Zhang, Chen: Fast sampling of diffusion models with exponential integrator (2023)",
                   "Ho, Salimans: Classifier-free diffusion guidance (2022)"},
    .see_also = {"diffusion-train", "image-grid", "tensor-info"}};

/// This shard's images; refuses what can be refused from the arguments alone.
diffusion::SampleRequest request_of(const Args& args) {
  args.solver.check();
  args.grid.check();
  const auto [begin, end] = args.shard.of(args.count);
  if (begin == end) fail(ErrorKind::usage, "--shard {}: none of {} images", to_text(args.shard), args.count);
  if (args.trajectory && end - begin > args.batch)
    fail(ErrorKind::usage, "--trajectory holds one batch: {} images are more than --batch {}", end - begin, args.batch);
  return {.first = args.first + begin, .count = end - begin, .batch = args.batch, .seed = args.seed};
}

std::string plan(const Args& args, const diffusion::ModelConfig& config, const diffusion::Grid& grid, double cfg) {
  const int64_t nfe = diffusion::evaluations(args.solver, diffusion::steps_of(grid));
  const int64_t calls = diffusion::evaluations_of_guidance(cfg);
  const arch::Graph graph = arch::build(config.network);
  return fmt::format(
      "model        {}: {} of {}, {} classes, {} parameters\n"
      "solver       {}: {}\n"
      "steps        {}\n"
      "sigmas       {}\n"
      "evaluations  {} of the network for an image{}, {}\n",
      args.model.name(), config.network.type, shape_text(config.network.shape), config.network.classes,
      human(double(graph.parameter_count())), args.solver.name, diffusion::solver_named(args.solver.name).summary,
      diffusion::steps_of(grid), fmt::join(grid, " "), calls * nfe,
      calls == 2 ? fmt::format(" ({} with and {} without its class)", nfe, nfe) : "",
      human(double(calls * nfe) * double(graph.flops()), "FLOP"));
}

void run(const Args& args, cli::Context& context) {
  diffusion::SampleRequest request = request_of(args);
  diffusion::Model model = diffusion::open_model(args.model);
  require(model.config.network.type != "classifier", "{} is a classifier, which draws nothing", args.model.name());
  const Shape& shape = model.config.network.shape;
  const diffusion::Grid grid =
      diffusion::make_grid(args.grid, model.config.sigma_min, model.config.sigma_max, context.remark());
  request.elements = element_count(shape);
  request.labels =
      diffusion::deal_labels(args.labels.values, model.config.network.classes, request.first, request.count);
  const double cfg = args.cfg.value_or(model.config.guidance);
  require(cfg == 1 || model.config.network.classes > 0, "--cfg: {} has no classes", args.model.name());
  require(!model.config.transfers || args.noise, "{} starts from rows of a source: give them by --noise",
          args.model.name());
  if (args.dry_run) return context.print(plan(args, model.config, grid, cfg));
  auto compiled = engine::make_executor(model.config.network, model.file, args.network);
  if (args.explain) return context.print(compiled->explain());

  std::optional<diffusion::NoiseRows> noise;
  if (args.noise) {
    noise.emplace(io::TensorReader::open(args.noise), shape, request.first + request.count - args.first);
    request.noise = [&](int64_t i, std::span<double> normals) { noise->read(i - args.first, normals); };
  }
  const io::History history = context.history(model.history, {model.record});
  const auto writer = data::open_row_writer(args.out ? args.out : io::Sink{"-"}, context.existing(),
                                            {.count = request.count,
                                             .shape = shape,
                                             .labels = request.labels,
                                             .class_names = model.config.class_names,
                                             .first = request.first,
                                             .history = history},
                                            args.sheet, context.remark());
  std::optional<diffusion::TrajectoryWriter> trajectory;
  if (args.trajectory) trajectory.emplace(args.trajectory, context.existing(), grid, request.count, shape, history);

  diffusion::NetworkDenoiser network(std::move(compiled), model.config);
  const auto denoise = diffusion::guided(
      [&](const diffusion::State& x, double sigma, auto labels) { return network.denoise(x, sigma, labels); }, cfg);
  diffusion::draw(
      request, args.solver, grid, denoise, [&](std::span<const float> rows) { writer->write(rows); },
      [&](int64_t, int64_t, const diffusion::State& x) {
        if (trajectory) trajectory->write(x);
      },
      context.progress(request.count, "images"));
  writer->finish();
  if (trajectory) trajectory->finish();
  context.detail()(fmt::format("{} evaluations of the network", network.evaluations()));
}

}  // namespace
}  // namespace athanor

int main(int argc, char** argv) {
  return athanor::cli::run_tool<athanor::Args>(argc, argv, athanor::spec, athanor::run);
}
