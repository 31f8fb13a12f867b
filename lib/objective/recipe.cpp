#include "objective/recipe.h"

#include "objective/classification.h"

namespace athanor::objective {

void Recipe::fields(Fields& v) {
  v.opt("--classifier", classifier, "learn to tell the classes of noisy images, for guidance and for compare-samples");
  v.opt("--unconditional", unconditional, "leave labels out");
  v.opt("--guidance", guidance, "weight of guidance that sample uses with the model unless told otherwise",
        between(-1000, 1000));
  v.opt("--dtype", dtype, "what the network is computed in; its weights and their average stay float32",
        one_of({"float32", "bfloat16"}));
  v.opt("--checkpoint-segments", segments,
        "parts of the network whose activations are computed twice instead of kept: a number, or auto for the least "
        "memory");
  v.group("Network", network);
  v.group("Objective", denoising);
}

void Recipe::check(bool transfers) const {
  denoising.noising.check();
  if (!classifier) return;
  if (unconditional || transfers || network.kind)
    fail(ErrorKind::usage, "--classifier goes without --unconditional, --source and --network");
  if (denoising.min_snr || denoising.label_dropout != DenoisingOptions{}.label_dropout || guidance != Recipe{}.guidance)
    fail(ErrorKind::usage, "--classifier goes without --min-snr, --label-dropout and --guidance");
}

diffusion::ModelConfig Recipe::config_for(const data::Dataset& rows, bool transfers) const {
  diffusion::ModelConfig config{.network = network.network_for(rows.shape(), unconditional ? 0 : rows.classes())};
  denoising.noising.describe(config);
  config.guidance = guidance;
  config.transfers = transfers;
  if (!unconditional) config.class_names = rows.class_names();
  if (classifier) {
    require(rows.labelled(), "{}: a classifier needs labels; give them by --labels", rows.name());
    config.network.type = "classifier";
    config.network.outputs = std::exchange(config.network.classes, 0);
  }
  return config;
}

std::unique_ptr<train::Objective> Recipe::objective_for(const diffusion::ModelConfig& config, uint64_t seed) const {
  if (classifier) return std::make_unique<Classification>(denoising.noising, config, seed);
  return std::make_unique<Denoising>(denoising, config, seed);
}

nn::Network Recipe::network_for(const diffusion::ModelConfig& config, bool augmented, uint64_t seed) const {
  arch::NetworkConfig trained = config.network;
  if (augmented) trained.augmentation = data::kAugmentationNumbers;
  nn::Network made(arch::build(trained), dtype == "bfloat16" ? at::kBFloat16 : at::kFloat);
  made.initialise(seed);
  made.recompute(segments);
  return made;
}

}  // namespace athanor::objective
