#include "checkpoint/kind.h"

#include "io/history.h"
#include "make.h"

namespace athanor::checkpoint {
namespace {

using Named = std::vector<std::pair<std::string, Shape>>;

std::string kind(const Named& tensors, const io::Metadata& metadata = {}, DType dtype = DType::f32) {
  io::Layout layout{.metadata = metadata};
  for (const auto& [name, shape] : tensors) layout.tensors.push_back({.name = name, .dtype = dtype, .shape = shape});
  return kind_of(layout);
}

TEST_CASE("kind: value: adapters by the names that each program writes", "[checkpoint]") {
  const std::string layer = "base_model.model.model.layers.0.self_attn.q_proj.";
  CHECK(kind({{layer + "lora_A.weight", {8, 64}}, {layer + "lora_B.weight", {64, 8}}}) ==
        "LoRA adapter (peft), rank 8");
  CHECK(kind({{layer + "lora_A.weight", {8, 64}},
              {layer + "lora_B.weight", {64, 8}},
              {layer + "lora_magnitude_vector", {64}}}) == "DoRA adapter (peft), rank 8");
  CHECK(kind({{"unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_A.weight", {4, 320}},
              {"unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_B.weight", {320, 4}}}) ==
        "LoRA adapter, rank 4");
  CHECK(kind({{"unet.mid_block.attentions.0.to_k.lora.down.weight", {4, 320}}}) == "LoRA adapter (diffusers), rank 4");
  CHECK(kind({{"down_blocks.0.attentions.0.transformer_blocks.0.attn1.processor.to_k_lora.down.weight", {4, 320}},
              {"down_blocks.0.attentions.0.transformer_blocks.0.attn1.processor.to_k_lora.up.weight", {320, 4}},
              {"mid_block.attentions.0.transformer_blocks.0.attn2.processor.to_k_lora.down.weight", {8, 768}}}) ==
        "LoRA adapter (diffusers), ranks 4 to 8");
  CHECK(kind({{"lora_unet_mid_block_attentions_0_proj_in.alpha", {}},
              {"lora_unet_mid_block_attentions_0_proj_in.lora_down.weight", {16, 320, 1, 1}},
              {"lora_unet_mid_block_attentions_0_proj_in.lora_up.weight", {320, 16, 1, 1}}}) ==
        "LoRA adapter (kohya), rank 16");
  CHECK(kind({{"lora_te_x.dora_scale", {1, 768}}, {"lora_te_x.lora_down.weight", {16, 768}}}) ==
        "DoRA adapter (kohya), rank 16");
  CHECK(kind({{"transformer.x.lora_down.weight", {2, 8}}}) == "LoRA adapter, rank 2");
  CHECK(kind({{"lora_unet_x.hada_w1_a", {320, 4}}, {"lora_unet_x.hada_w2_b", {4, 320}}}) == "LoHa adapter (LyCORIS)");
  CHECK(kind({{"lora_unet_x.lokr_w1", {4, 4}}, {"lora_unet_x.lokr_w2_a", {80, 4}}}) == "LoKr adapter (LyCORIS)");
  CHECK(kind({{"lora_unet_x.lokr_w1_a", {4, 4}}, {"lora_unet_x.lokr_w2_a", {80, 4}}}) == "LoKr adapter (LyCORIS)");
  CHECK(kind({{"<s1>", {768}}, {"unet:0:down", {1, 320}}, {"unet:0:up", {320, 1}}}) ==
        "LoRA adapter (cloneofsimo), rank 1");
}

TEST_CASE("kind: value: whole models in one file, by the width of the text conditioning", "[checkpoint]") {
  const std::string first = "model.diffusion_model.input_blocks.0.0.weight";
  const std::string key = "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight";
  const auto with_width = [&](int64_t width) { return kind({{first, {320, 4, 3, 3}}, {key, {320, width}}}); };
  CHECK(with_width(768) == "Stable Diffusion 1.x (one file)");
  CHECK(with_width(1024) == "Stable Diffusion 2.x (one file)");
  CHECK(with_width(2048) == "Stable Diffusion XL (one file)");
  CHECK(with_width(512) == "latent diffusion model (one file)");
  CHECK(kind({{first, {320, 4, 3, 3}}}) == "latent diffusion model (one file)");
  CHECK(kind({{first, {320, 4, 3, 3}}, {key, {320}}}) == "latent diffusion model (one file)");
  CHECK(kind({{"conditioner.embedders.1.model.ln_final.weight", {1280}}, {first, {320, 4, 3, 3}}}) ==
        "Stable Diffusion XL (one file)");
  CHECK(kind({{"model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight", {4608, 1536}}}) ==
        "Stable Diffusion 3 (one file)");
}

TEST_CASE("kind: value: networks by the names of the libraries that write them", "[checkpoint]") {
  const std::pair<std::vector<const char*>, const char*> known[] = {
      {{"optimizer.step", "optimizer.exp_avg.0", "model.x"}, "training state"},
      {{"double_blocks.0.img_attn.qkv.weight", "single_blocks.0.linear1.weight", "img_in.weight"}, "FLUX transformer"},
      {{"single_transformer_blocks.0.attn.to_q.weight", "transformer_blocks.0.attn.to_q.weight", "x_embedder.weight"},
       "FLUX transformer (diffusers)"},
      {{"controlnet_cond_embedding.conv_in.weight", "controlnet_down_blocks.0.weight",
        "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight", "mid_block.resnets.0.conv1.weight"},
       "ControlNet (diffusers)"},
      {{"down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight", "mid_block.resnets.0.conv1.weight",
        "up_blocks.0.resnets.0.conv1.weight", "time_embedding.linear_1.weight"},
       "UNet (diffusers), conditional"},
      {{"down_blocks.0.resnets.0.conv1.weight", "up_blocks.0.resnets.0.conv1.weight", "time_embedding.linear_1.weight"},
       "UNet (diffusers)"},
      {{"encoder.down_blocks.0.resnets.0.conv1.weight", "decoder.up_blocks.0.resnets.0.conv1.weight",
        "quant_conv.weight"},
       "autoencoder (diffusers)"},
      {{"encoder.down_blocks.0.resnets.0.conv1.weight", "decoder.up_blocks.0.resnets.0.conv1.weight"},
       "autoencoder (diffusers)"},
      {{"encoder.down.0.block.0.conv1.weight", "decoder.up.0.block.0.conv1.weight", "quant_conv.weight"},
       "autoencoder"},
      {{"text_model.encoder.layers.0.mlp.fc1.weight", "vision_model.encoder.layers.0.mlp.fc1.weight"}, "CLIP"},
      {{"text_model.encoder.layers.0.mlp.fc1.weight", "text_model.embeddings.token_embedding.weight"},
       "CLIP text encoder"},
      {{"blocks.0.adaLN_modulation.1.weight", "x_embedder.proj.weight", "final_layer.linear.weight"}, "DiT"},
      {{"transformer_blocks.0.attn1.to_q.weight", "pos_embed.proj.weight", "proj_out_1.weight"}, "DiT (diffusers)"},
      {{"backbone.layers.0.mixer.A_log", "backbone.layers.0.mixer.conv1d.weight", "backbone.embedding.weight"},
       "Mamba language model"},
      {{"encoder.block.0.layer.0.SelfAttention.q.weight", "shared.weight"}, "T5"},
      {{"model.layers.0.self_attn.q_proj.weight", "model.embed_tokens.weight", "model.layers.0.mlp.gate_proj.weight"},
       "decoder-only transformer (Llama's names)"},
      {{"model.layers.0.self_attn.q_proj.weight", "model.embed_tokens.weight", "model.layers.0.mlp.fc1.weight"},
       "decoder-only transformer"},
      {{"h.0.attn.c_attn.weight", "wte.weight", "wpe.weight"}, "GPT-2"},
      {{"transformer.h.0.attn.c_attn.weight", "transformer.wte.weight", "transformer.wpe.weight"}, "GPT-2"},
      {{"bert.encoder.layer.0.attention.self.query.weight", "bert.embeddings.word_embeddings.weight"}, "BERT"},
      {{"vit.encoder.layer.0.attention.attention.query.weight", "vit.embeddings.patch_embeddings.projection.weight"},
       "vision transformer"},
  };
  for (const auto& [names, expected] : known) {
    Named tensors;
    for (const char* name : names) tensors.emplace_back(name, Shape{4, 4});
    CHECK(kind(tensors) == expected);
    std::ranges::reverse(tensors);
    CHECK(kind(tensors) == expected);
  }
}

TEST_CASE("kind: value: rows of data, and what nobody knows", "[checkpoint]") {
  CHECK(kind({{"labels", {4}}, {"images", {4, 3, 8, 8}}}) == "images");
  CHECK(kind({{"vectors", {4, 2}}}) == "vectors");
  CHECK(kind({{"labels", {4}}}) == "labels");
  CHECK(kind({{"arr_0", {4, 8, 8, 3}}, {"arr_1", {4}}}, {}, DType::u8) == "images (ADM's convention)");
  CHECK(kind({{"arr_0", {4, 8, 8, 3}}}) == "");
  CHECK(kind({{"arr_0", {60000}}}, {}, DType::u8) == "");
  CHECK(kind({}) == "");
  CHECK(kind({{"x", {}}}) == "");
}

TEST_CASE("kind: value: our own checkpoints by their configuration, whatever it holds", "[checkpoint]") {
  const auto ours = [](const char* config) {
    return kind({{"conv_in.weight", {4}}}, {{std::string(io::kConfigKey), config}});
  };
  CHECK(ours(R"({"parameterisation":"edm"})") == "diffusion model (athanor, edm)");
  CHECK(ours(R"({"parameterisation":3})") == "model (athanor)");
  CHECK(ours("[]") == "model (athanor)");
  CHECK(ours("{") == "model (athanor)");
}

}  // namespace
}  // namespace athanor::checkpoint
