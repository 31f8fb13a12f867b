#include "checkpoint/kind.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "io/history.h"

namespace athanor::checkpoint {
namespace {

using Tensors = std::vector<io::TensorInfo>;

const io::TensorInfo* ending(const Tensors& tensors, std::string_view end) {
  const auto it = std::ranges::find_if(tensors, [&](const io::TensorInfo& t) { return t.name.ends_with(end); });
  return it == tensors.end() ? nullptr : &*it;
}
const io::TensorInfo* beginning(const Tensors& tensors, std::string_view start) {
  const auto it = std::ranges::find_if(tensors, [&](const io::TensorInfo& t) { return t.name.starts_with(start); });
  return it == tensors.end() ? nullptr : &*it;
}
bool has(const Tensors& tensors, std::string_view name) {
  return std::ranges::find(tensors, name, &io::TensorInfo::name) != tensors.end();
}
bool contains(const Tensors& tensors, std::string_view part) {
  return std::ranges::any_of(tensors, [&](const io::TensorInfo& t) { return t.name.find(part) != std::string::npos; });
}

/// Ranks of the adapters' factors [rank, in]; several when layers differ.
std::string ranks(const Tensors& tensors, std::string_view end) {
  std::set<int64_t> ranks;
  for (const io::TensorInfo& t : tensors)
    if (t.name.ends_with(end) && !t.shape.empty()) ranks.insert(t.shape.front());
  if (ranks.empty()) return "";
  return ranks.size() == 1 ? fmt::format(", rank {}", *ranks.begin())
                           : fmt::format(", ranks {} to {}", *ranks.begin(), *ranks.rbegin());
}

/// peft, diffusers, kohya and cloneofsimo write the same factors under different names.
std::string adapter(const Tensors& tensors) {
  if (ending(tensors, ".lora_magnitude_vector")) return "DoRA adapter (peft)" + ranks(tensors, ".lora_A.weight");
  if (beginning(tensors, "base_model.model.") && ending(tensors, ".lora_A.weight"))
    return "LoRA adapter (peft)" + ranks(tensors, ".lora_A.weight");
  if (ending(tensors, ".hada_w1_a")) return "LoHa adapter (LyCORIS)";
  if (contains(tensors, ".lokr_w1") || contains(tensors, ".lokr_w2")) return "LoKr adapter (LyCORIS)";
  if (ending(tensors, ".dora_scale")) return "DoRA adapter (kohya)" + ranks(tensors, ".lora_down.weight");
  if (beginning(tensors, "lora_") && ending(tensors, ".lora_down.weight"))
    return "LoRA adapter (kohya)" + ranks(tensors, ".lora_down.weight");
  if (ending(tensors, ".lora_A.weight")) return "LoRA adapter" + ranks(tensors, ".lora_A.weight");
  if (ending(tensors, ".lora_down.weight")) return "LoRA adapter" + ranks(tensors, ".lora_down.weight");
  if (ending(tensors, "lora.down.weight")) return "LoRA adapter (diffusers)" + ranks(tensors, "lora.down.weight");
  if (ending(tensors, ":down") && ending(tensors, ":up")) return "LoRA adapter (cloneofsimo)" + ranks(tensors, ":down");
  return "";
}

/// A whole Stable Diffusion in one file, by the width of its text conditioning.
std::string latent_diffusion(const Tensors& tensors) {
  const std::string one_file = " (one file)";
  if (contains(tensors, "conditioner.embedders.1.")) return "Stable Diffusion XL" + one_file;
  if (beginning(tensors, "model.diffusion_model.joint_blocks.")) return "Stable Diffusion 3" + one_file;
  if (!beginning(tensors, "model.diffusion_model.input_blocks.")) return "";
  const io::TensorInfo* key = ending(tensors, "attn2.to_k.weight");
  if (key == nullptr || key->shape.size() != 2) return "latent diffusion model" + one_file;
  switch (key->shape[1]) {
    case 768: return "Stable Diffusion 1.x" + one_file;
    case 1024: return "Stable Diffusion 2.x" + one_file;
    case 2048: return "Stable Diffusion XL" + one_file;
    default: return "latent diffusion model" + one_file;
  }
}

/// Names by which a network of a well-known library is told; all of a line's parts must be there.
struct Mark {
  std::string_view kind;
  std::array<std::string_view, 3> parts;
};
constexpr Mark kMarks[] = {
    {"training state", {"optimizer.", "", ""}},
    {"FLUX transformer", {"double_blocks.", "single_blocks.", "img_in."}},
    {"FLUX transformer (diffusers)", {"transformer_blocks.", "single_transformer_blocks.", "x_embedder."}},
    {"ControlNet (diffusers)", {"controlnet_cond_embedding.", "controlnet_down_blocks.", "down_blocks."}},
    {"UNet (diffusers), conditional", {"down_blocks.", "mid_block.", "attn2.to_k."}},
    {"autoencoder (diffusers)", {"encoder.down_blocks.", "decoder.up_blocks.", "quant_conv."}},
    {"autoencoder (diffusers)", {"encoder.down_blocks.", "decoder.up_blocks.", ""}},
    {"UNet (diffusers)", {"down_blocks.", "up_blocks.", "time_embedding."}},
    {"autoencoder", {"encoder.down.", "decoder.up.", "quant_conv."}},
    {"CLIP", {"text_model.encoder.layers.", "vision_model.encoder.layers.", ""}},
    {"CLIP text encoder", {"text_model.encoder.layers.", "text_model.embeddings.", ""}},
    {"DiT (diffusers)", {"transformer_blocks.", "pos_embed.", "proj_out_"}},
    {"DiT", {"blocks.0.adaLN_modulation.", "x_embedder.", "final_layer."}},
    {"Mamba language model", {"mixer.A_log", "mixer.conv1d.", "embedding"}},
    {"T5", {"encoder.block.0.layer.0.SelfAttention.", "shared.weight", ""}},
    {"decoder-only transformer (Llama's names)",
     {"model.layers.0.self_attn.", "model.embed_tokens.", "mlp.gate_proj."}},
    {"decoder-only transformer", {"model.layers.0.self_attn.", "model.embed_tokens.", ""}},
    {"GPT-2", {"h.0.attn.c_attn.", "wte.", "wpe."}},
    {"BERT", {"encoder.layer.0.attention.self.", "embeddings.word_embeddings.", ""}},
    {"vision transformer", {"encoder.layer.0.attention.", "embeddings.patch_embeddings.", ""}},
};

/// Data rather than weights.
std::string rows(const Tensors& tensors) {
  for (const std::string_view name : {"images", "vectors", "labels"})
    if (has(tensors, name)) return std::string(name);
  const bool adm = has(tensors, "arr_0") && tensors.front().dtype == DType::u8 && tensors.front().shape.size() == 4;
  return adm ? "images (ADM's convention)" : "";
}

std::string of_ours(const io::Metadata& metadata) {
  const auto it = metadata.find(std::string(io::kConfigKey));
  if (it == metadata.end()) return "";
  const nlohmann::json config = nlohmann::json::parse(it->second, nullptr, false);
  const bool diffusion =
      config.is_object() && config.contains("parameterisation") && config["parameterisation"].is_string();
  return diffusion ? fmt::format("diffusion model (athanor, {})", config["parameterisation"].get<std::string>())
                   : "model (athanor)";
}

}  // namespace

std::string kind_of(const io::Layout& layout) {
  const Tensors& tensors = layout.tensors;
  for (std::string kind : {of_ours(layout.metadata), adapter(tensors), latent_diffusion(tensors)})
    if (!kind.empty()) return kind;
  for (const Mark& mark : kMarks)
    if (std::ranges::all_of(mark.parts, [&](std::string_view part) { return part.empty() || contains(tensors, part); }))
      return std::string(mark.kind);
  return rows(tensors);
}

}  // namespace athanor::checkpoint
