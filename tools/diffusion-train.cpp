// diffusion-train: train a diffusion model on images or vectors.
#include "cli/tool.h"
#include "objective/recipe.h"
#include "objective/snapshot.h"
#include "tensor/threads.h"

namespace athanor {
namespace {

struct Args {
  io::Source data{"-"}, source;
  io::ResumableSink out;
  bool resume = false, paired = false;
  std::string store = "float32";
  int64_t threads = 0, preview = 64;
  data::DatasetOptions dataset;
  data::AugmentationOptions augmentation;
  objective::Recipe recipe;
  train::TrainerOptions trainer;

  void fields(Fields& v) {
    v.arg("data", data, "folder or tar of images (a subfolder a class), or tensors of any format");
    v.required("-o,--output", out, "model to write; FILE.state.safetensors, .jsonl, .svg and .png stand beside it");
    v.opt("--resume", resume, "go on from FILE.state.safetensors with the same options");
    v.opt("--source", source, "learn a transfer from these rows to the data's, instead of from noise");
    v.opt("--paired", paired, "row i of the source belongs to row i of the data");
    v.group("Data", dataset);
    v.group("Augmentation", augmentation);
    recipe.fields(v);
    v.group("Training", trainer);
    v.opt("--store", store, "element type of the model file", one_of({"float32", "float16", "bfloat16"}));
    v.opt("--preview", preview, "images drawn at each checkpoint; 0: none", at_least(0));
    v.opt("--threads", threads, "threads; 0: one a processor", between(0, 4096));
  }
};

const cli::Spec spec{
    .name = "diffusion-train",
    .synopsis = "train a diffusion model on images or vectors",
    .description =
        "Trains a network to find the image in a noisy one, or the way from noise (or the rows of --source) to images, "
        "and writes the average of its weights as a checkpoint that sample draws from. At each checkpoint the state of "
        "the training, its loss curve "
        "and a sheet of samples are written beside the model. Ctrl-C, SIGTERM and --max-time leave a checkpoint; "
        "--resume goes on from it to the same result, to the last bit with the same number of threads. Processes that "
        "torchrun, mpirun or srun starts together share every batch.",
    .examples =
        {{"diffusion-train train-images-idx3-ubyte.gz --labels train-labels-idx1-ubyte.gz -o digits.safetensors "
          "--steps 2 --preview 0",
          "a class-conditional model of MNIST, two steps first to see that the data fit; then --force in place of the "
          "last options"},
         {"diffusion-train photos/ -o photos.safetensors --channels 16 --max-time 0.1 --preview 4",
          "six seconds on a folder of images, a subfolder a class; --max-time 60 is an hour"},
         {"diffusion-train photos/ -o photos.safetensors --channels 16 --max-time 0.1 --preview 4 --resume",
          "six seconds more"},
         {"diffusion-train points.npy -o points.safetensors --width 64 --steps 200", "a density in the plane"}},
    .references =
        {"Karras et al.: Elucidating the design space of diffusion-based generative models (2022)",
         "Lipman et al.: Flow matching for generative modeling (2023)",
         "Tong et al.: Improving and generalizing flow-based generative models with minibatch optimal transport "
         "(2024)",
         "Hang et al.: Efficient diffusion training via min-SNR weighting strategy (2023)",
         "Hoogeboom, Heek, Salimans: simple diffusion (2023)"},
    .see_also = {"sample", "image-grid", "tensor-info"}};

void check(const Args& args, const train::Launch& launch) {
  if (args.out.standard())
    fail(ErrorKind::usage, "--output: files stand beside the model, so that it cannot be standard output");
  if (args.paired && !args.source) fail(ErrorKind::usage, "--paired needs --source");
  if (args.paired && args.recipe.denoising.noising.pair_by_transport)
    fail(ErrorKind::usage, "--paired says which rows belong together, and --pair-by-transport would choose others");
  args.recipe.check(bool(args.source));
  args.trainer.check(launch.ranks);
}

/// Rows of the source are read as those of the data are, but have no labels, and none that a pair needs is left out.
std::unique_ptr<data::Dataset> open_source(const Args& args, const Remark& remark) {
  if (!args.source) return nullptr;
  data::DatasetOptions options = args.dataset;
  options.labels = {};
  options.skip_unreadable = options.skip_unreadable && !args.paired;
  return data::open_dataset(args.source, options, remark);
}

/// One process of a training; `remark` is silent in all but the first.
void run_rank(const Args& args, cli::Context& context, const train::Launch& launch, const Remark& remark) {
  check(args, launch);
  tensor::set_threads(int(args.threads), int(launch.sharing));
  train::Ranks ranks(launch);
  if (ranks.first() && !args.resume) io::check_output(args.out, context.existing());
  context.finish_on_signal();

  const auto dataset = data::open_dataset(args.data, args.dataset, remark);
  const auto source = open_source(args, remark);
  const data::Drawn drawn{
      .rows = *dataset, .source = source.get(), .paired = args.paired, .augmentation = args.augmentation};
  const diffusion::ModelConfig config = args.recipe.config_for(*dataset, bool(args.source));
  nn::Network network = args.recipe.network_for(config, args.augmentation.probability > 0, args.trainer.seed);
  if (ranks.first())
    context.detail()(fmt::format("{} rows of {}, {} classes; {} parameters, {}", dataset->size(),
                                 shape_text(dataset->shape()), dataset->classes(),
                                 human(double(network.graph().parameter_count())),
                                 human(double(network.graph().flops()), "FLOP an image")));

  const bool resumes = args.resume && ranks.first();
  objective::Snapshot snapshot{
      .path = args.out.path,
      .config = config,
      .half_lives = args.trainer.schedule.ema_half_lives,
      .preview = args.preview,
      .source = source.get(),
      // A resumed run keeps the first run's line, so that it ends with the same bytes.
      .history = resumes ? train::recorded_history(args.out.path) : context.history(drawn.history(), drawn.records())};
  from_text(args.store, snapshot.dtype);
  const bool done = train::train(
      args.trainer,
      {.model = args.out.path,
       .resume = args.resume,
       .history = snapshot.history,
       .identity = train::identity_of(context.fields(), drawn)},
      *args.recipe.objective_for(config, args.trainer.seed), drawn, network,
      [&](std::span<const at::Tensor> averages, int64_t) { snapshot.write(network, averages, remark); },
      launch.rank == 0 ? context.progress(args.trainer.steps, "steps") : nullptr, remark, std::move(ranks));
  if (!done) remark("stopped at the time limit; --resume goes on");
}

void run(const Args& args, cli::Context& context) {
  const train::Launch launch = train::launch();
  if (launch.rank == 0) return run_rank(args, context, launch, context.remark());
  in_context(fmt::format("rank {}", launch.rank), [&] { run_rank(args, context, launch, [](std::string_view) {}); });
}

}  // namespace
}  // namespace athanor

int main(int argc, char** argv) {
  return athanor::cli::run_tool<athanor::Args>(argc, argv, athanor::spec, athanor::run);
}
