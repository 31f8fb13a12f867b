// diffusion-train: train a diffusion model on images or vectors.
#include "cli/tool.h"
#include "data/dataset.h"
#include "objective/classification.h"
#include "objective/denoising.h"
#include "objective/snapshot.h"
#include "tensor/threads.h"

namespace {

using namespace athanor;

/// The model file of a training: refused when it exists, unless the training is resumed.
struct Product : io::Sink {};
FieldKind kind_of(const Product&) { return FieldKind::resumable; }

struct Args {
  io::Source data{"-"}, source;
  Product out;
  bool resume = false, unconditional = false, paired = false, classifier = false;
  nn::Segments segments;
  std::string dtype = "float32", store = "float32";
  int64_t threads = 0, preview = 64;
  data::DatasetOptions dataset;
  data::AugmentationOptions augmentation;
  arch::NetworkOptions network;
  double guidance = 1;
  objective::DenoisingOptions denoising;
  train::TrainerOptions trainer;

  void fields(Fields& v) {
    v.arg("data", data, "folder or tar of images (a subfolder a class), or tensors of any format");
    v.required("-o,--output", out, "model to write; FILE.state.safetensors, .jsonl, .svg and .png stand beside it");
    v.opt("--classifier", classifier,
          "learn to tell the classes of noisy images, for guidance and for compare-samples");
    v.opt("--source", source, "learn a transfer from these rows to the data's, instead of from noise");
    v.opt("--paired", paired, "row i of the source belongs to row i of the data");
    v.opt("--resume", resume, "go on from FILE.state.safetensors with the same options");
    v.opt("--unconditional", unconditional, "leave labels out");
    v.opt("--dtype", dtype, "what the network is computed in; its weights and their average stay float32",
          one_of({"float32", "bfloat16"}));
    v.opt("--store", store, "element type of the model file", one_of({"float32", "float16", "bfloat16"}));
    v.opt("--preview", preview, "images drawn at each checkpoint; 0: none", at_least(0));
    v.opt("--checkpoint-segments", segments,
          "parts of the network whose activations are computed twice instead of kept: a number, or auto for the least "
          "memory");
    v.opt("--threads", threads, "threads; 0: one a processor", at_least(0));
    v.group("Data", dataset);
    v.group("Augmentation", augmentation);
    v.group("Network", network);
    v.group("Objective", denoising);
    v.opt("--guidance", guidance, "weight of guidance that sample uses with the model unless told otherwise",
          between(-1000, 1000));
    v.group("Training", trainer);
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
          "a class-conditional model of MNIST, two steps first to see that the data fit; then without the last "
          "options"},
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

DType stored_type(const std::string& name) {
  return name == "float16" ? DType::f16 : name == "bfloat16" ? DType::bf16 : DType::f32;
}

diffusion::ModelConfig configure(const Args& args, const data::Dataset& dataset) {
  diffusion::ModelConfig config{.network = args.network.network_for(dataset.shape(), dataset.classes())};
  args.denoising.noising.describe(config);
  config.guidance = args.guidance;
  config.transfers = bool(args.source);
  if (args.unconditional) config.network.classes = 0;
  if (args.classifier) {
    require(dataset.labelled(), "{}: a classifier needs labels; give them by --labels", dataset.name());
    config.network.type = "classifier";
    config.network.outputs = std::exchange(config.network.classes, 0);
  }
  if (!args.unconditional) config.class_names = dataset.class_names();
  return config;
}

std::unique_ptr<train::Objective> objective_of(const Args& args, const diffusion::ModelConfig& config) {
  if (args.classifier)
    return std::make_unique<objective::Classification>(args.denoising.noising, config, args.trainer.seed);
  return std::make_unique<objective::Denoising>(args.denoising, config, args.trainer.seed);
}

nn::Network network_of(const Args& args, const diffusion::ModelConfig& config) {
  arch::NetworkConfig trained = config.network;
  if (args.augmentation.probability > 0) trained.augmentation = data::kAugmentationNumbers;
  nn::Network network(arch::build(trained), args.dtype == "bfloat16" ? at::kBFloat16 : at::kFloat);
  network.initialise(args.trainer.seed);
  network.recompute(args.segments);
  return network;
}

/// One process of a training; `remark` is silent in all but the first.
void run_rank(const Args& args, cli::Context& context, const train::Launch& launch, const Remark& remark) {
  tensor::set_threads(int(args.threads), int(launch.sharing));
  if (!args.resume) io::check_output(args.out, context.existing());
  train::Ranks ranks(launch);
  context.finish_on_signal();

  const auto dataset = data::open_dataset(args.data, args.dataset, remark);
  const auto source = args.source ? data::open_dataset(args.source, {}, remark) : nullptr;
  const data::Drawn drawn{
      .rows = *dataset, .source = source.get(), .paired = args.paired, .augmentation = args.augmentation};
  const diffusion::ModelConfig config = configure(args, *dataset);
  nn::Network network = network_of(args, config);
  if (ranks.first())
    context.detail()(fmt::format("{} rows of {}, {} classes; {} parameters, {}", dataset->size(),
                                 shape_text(dataset->shape()), dataset->classes(),
                                 human(double(network.graph().parameter_count())),
                                 human(double(network.graph().flops()), "FLOP an image")));

  Args copy = args;
  Fields fields;
  copy.fields(fields);
  const bool resumes = args.resume && ranks.first();
  const objective::Snapshot snapshot{
      .path = args.out.path,
      .config = config,
      .dtype = stored_type(args.store),
      .half_lives = args.trainer.schedule.ema_half_lives,
      .preview = args.preview,
      .source = source.get(),
      // A resumed run keeps the first run's line, so that it ends with the same bytes.
      .history = resumes ? train::recorded_history(args.out.path) : context.history(drawn.history(), drawn.records())};
  const bool done = train::train(
      args.trainer,
      {.model = args.out.path,
       .resume = args.resume,
       .history = snapshot.history,
       .identity = train::identity_of(fields.list(), drawn)},
      *objective_of(args, config), drawn, network,
      [&](std::span<const at::Tensor> averages, int64_t) { snapshot.write(network, averages, remark); },
      launch.rank == 0 ? context.progress(args.trainer.steps, "steps") : nullptr, remark, std::move(ranks));
  if (!done) remark("stopped at the time limit; --resume goes on");
}

void run(const Args& args, cli::Context& context) {
  if (args.paired && !args.source) fail(ErrorKind::usage, "--paired needs --source");
  if (args.classifier && (args.unconditional || args.source || args.network.kind))
    fail(ErrorKind::usage, "--classifier goes without --unconditional, --source and --network");
  args.denoising.noising.check();
  const train::Launch launch = train::launch();
  if (launch.rank == 0) return run_rank(args, context, launch, context.remark());
  in_context(fmt::format("rank {}", launch.rank), [&] { run_rank(args, context, launch, [](std::string_view) {}); });
}

}  // namespace

int main(int argc, char** argv) { return cli::run_tool<Args>(argc, argv, spec, run); }
