// diffusion-train: train a diffusion model on images or vectors.
#include <nlohmann/json.hpp>

#include "cli/tool.h"
#include "data/dataset.h"
#include "objective/edm.h"
#include "objective/snapshot.h"
#include "tensor/threads.h"

namespace {

using namespace athanor;

/// The model file of a training: refused when it exists, unless the training is resumed.
struct Product : io::Sink {};
FieldKind kind_of(const Product&) { return FieldKind::resumable; }

struct Args {
  io::Source data{"-"};
  Product out;
  bool resume = false, unconditional = false;
  std::optional<std::string> network;
  std::string dtype = "float32", store = "float32";
  int64_t threads = 0, preview = 64;
  data::DatasetOptions dataset;
  arch::UnetOptions unet;
  arch::MlpOptions mlp;
  diffusion::ModelConfig model;
  objective::EdmOptions edm;
  train::TrainerOptions trainer;

  void fields(Fields& v) {
    v.arg("data", data, "folder or tar of images (a subfolder a class), or tensors of any format");
    v.required("-o,--output", out, "model to write; FILE.state.safetensors, .jsonl, .svg and .png stand beside it");
    v.opt("--resume", resume, "go on from FILE.state.safetensors with the same options");
    v.opt("--unconditional", unconditional, "leave labels out");
    v.opt("--dtype", dtype, "what the network is computed in; its weights and their average stay float32",
          one_of({"float32", "bfloat16"}));
    v.opt("--store", store, "element type of the model file", one_of({"float32", "float16", "bfloat16"}));
    v.opt("--preview", preview, "images drawn at each checkpoint; 0: none", at_least(0));
    v.opt("--threads", threads, "threads; 0: one a processor", at_least(0));
    v.group("Data", dataset);
    v.opt("--network", network, "kind; unet for images and mlp for vectors when not given", one_of({"unet", "mlp"}));
    v.group("UNet", unet);
    v.group("MLP", mlp);
    v.group("Objective", edm);
    v.opt("--guidance", model.guidance, "weight of guidance that sample uses with the model unless told otherwise",
          between(-1000, 1000));
    v.opt("--sigma-data", model.sigma_data, "standard deviation of the data that the preconditioning assumes",
          more_than(0));
    v.group("Training", trainer);
  }
};

const cli::Spec spec{
    .name = "diffusion-train",
    .synopsis = "train a diffusion model on images or vectors",
    .description =
        "Trains a network to denoise images at every noise level (the EDM objective) and writes the average of its "
        "weights as a checkpoint that sample draws from. At each checkpoint the state of the training, its loss curve "
        "and a sheet of samples are written beside the model. Ctrl-C, SIGTERM and --max-time leave a checkpoint; "
        "--resume goes on from it to the same result, to the last bit with the same number of threads.",
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
    .references = {"Karras et al., \"Elucidating the design space of diffusion-based generative models\" (2022)"},
    .see_also = {"sample", "image-grid", "tensor-info"}};

DType stored_type(const std::string& name) {
  return name == "float16" ? DType::f16 : name == "bfloat16" ? DType::bf16 : DType::f32;
}

/// What a resumed run must share with the first: every option that decides a number.
std::string identity(const Args& args, const data::Dataset& dataset) {
  static constexpr std::array<std::string_view, 11> kFree{
      "data",       "--output",  "--resume", "--log-every", "--labels", "--threads", "--checkpoint-every",
      "--max-time", "--preview", "--store",  "--cache"};
  Args copy = args;
  Fields fields;
  copy.fields(fields);
  const io::InputRecord& record = dataset.records().front();
  nlohmann::json json{{"data", fmt::format("{} rows of {} from {}, {} bytes", dataset.size(),
                                           shape_text(dataset.shape()), record.name, record.bytes)}};
  for (const Field& field : fields.list())
    if (std::ranges::find(kFree, field.label()) == kFree.end())
      json[field.label()] = fmt::format("{}", fmt::join(field.get(), " "));
  return json.dump();
}

diffusion::ModelConfig configure(const Args& args, const data::Dataset& dataset) {
  diffusion::ModelConfig config = args.model;
  config.network = {.type = args.network.value_or(dataset.shape().size() == 3 ? "unet" : "mlp"),
                    .shape = dataset.shape(),
                    .classes = args.unconditional ? 0 : dataset.classes(),
                    .unet = args.unet,
                    .mlp = args.mlp};
  if (config.network.classes > 0) config.class_names = dataset.class_names();
  return config;
}

void run(const Args& args, cli::Context& context) {
  context.finish_on_signal();
  tensor::set_threads(int(args.threads));
  if (!args.resume) io::check_output(args.out, context.existing());

  const auto dataset = data::open_dataset(args.data, args.dataset, context.remark());
  const diffusion::ModelConfig config = configure(args, *dataset);
  nn::Network network(arch::build(config.network), args.dtype == "bfloat16" ? at::kBFloat16 : at::kFloat);
  network.initialise(args.trainer.seed);
  context.detail()(fmt::format("{} rows of {}, {} classes; {} parameters, {}", dataset->size(),
                               shape_text(dataset->shape()), config.network.classes,
                               human(double(network.graph().parameter_count())),
                               human(double(network.graph().flops()), "FLOP an image")));

  // A resumed run keeps the first run's line, so that it ends with the same bytes.
  const io::History history =
      args.resume ? train::recorded_history(args.out.path) : context.history(dataset->history(), dataset->records());
  const auto save = [&](const at::Tensor& average, int64_t) {
    objective::write_model(args.out.path, config, network, average, stored_type(args.store), history);
    if (args.preview == 0) return;
    nn::Network averaged(network.graph());
    averaged.flat().copy_(average);
    objective::draw_preview(args.out.path + ".png", config, averaged, args.preview, context.remark());
  };
  const objective::Edm objective(args.edm, config, args.trainer.seed);
  const bool done = train::train(
      args.trainer,
      {.model = args.out.path, .resume = args.resume, .history = history, .identity = identity(args, *dataset)},
      objective, *dataset, network, save, context.progress(args.trainer.steps, "steps"), context.remark());
  if (!done) context.remark()("stopped at the time limit; --resume goes on");
}

}  // namespace

int main(int argc, char** argv) { return cli::run_tool<Args>(argc, argv, spec, run); }
