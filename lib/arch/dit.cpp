#include "arch/dit.h"

#include "arch/embedding.h"

namespace athanor::arch {
namespace {

constexpr int64_t kFrequencies = 256;  // of the noise level's embedding

/// norm(x)·(1 + scale) + shift.
Value modulated(Graph& g, Value x, Value emb, const std::string& name) {
  const Value scale_shift = g.linear(emb, 2 * g.channels(x), name + ".emb", /*zero=*/true);
  return g.modulate(g.layer_norm(x), scale_shift);
}

/// x + gate·branch.
Value gated(Graph& g, Value x, Value branch, Value emb, const std::string& name) {
  return g.add(x, g.gate(branch, g.linear(emb, g.channels(x), name + ".gate", /*zero=*/true)));
}

Value block(Graph& g, Value x, Value emb, const DitOptions& o, const std::string& name) {
  Value h = g.conv(modulated(g, x, emb, name + ".attn"), 3 * o.hidden, 1, name + ".attn.qkv");
  h = g.conv(g.attention(h, o.heads), o.hidden, 1, name + ".attn.proj");
  x = gated(g, x, h, emb, name + ".attn");
  h = g.conv(modulated(g, x, emb, name + ".mlp"), o.mlp_ratio * o.hidden, 1, name + ".mlp.linear1");
  h = g.conv(g.gelu(h), o.hidden, 1, name + ".mlp.linear2");
  return gated(g, x, h, emb, name + ".mlp");
}

}  // namespace

void DitOptions::fields(Fields& v) {
  v.opt("--patch", patch, "side of a patch in pixels", at_least(1));
  v.opt("--hidden", hidden, "channels of a patch's token, divisible by 4 and by --heads", between(4, 65536));
  v.opt("--layers", layers, "transformer blocks", between(1, 1024));
  v.opt("--heads", heads, "heads of attention", at_least(1));
  v.opt("--mlp-ratio", mlp_ratio, "width of a block's inner layer, as a multiple of --hidden", between(1, 64));
}

Graph dit(const DitOptions& o, const Shape& shape, int64_t classes, int64_t augmentation) {
  check_shape(shape, {"C", "H", "W"}, "dit: images");
  require(o.hidden >= 4 && o.hidden <= 65536 && o.hidden % 4 == 0,
          "dit: {} hidden channels; 4 to 65536, divisible by 4", o.hidden);
  require(o.layers >= 1 && o.layers <= 1024 && o.mlp_ratio >= 1 && o.mlp_ratio <= 64,
          "dit: {} layers and an mlp ratio of {}; 1 to 1024 and 1 to 64", o.layers, o.mlp_ratio);
  require(o.heads >= 1 && o.hidden % o.heads == 0, "dit: {} hidden channels do not split into {} heads", o.hidden,
          o.heads);
  require(o.patch >= 1 && shape[1] % o.patch == 0 && shape[2] % o.patch == 0,
          "dit: patches of {} need a height and width divisible by that, got {}x{}", o.patch, shape[1], shape[2]);
  Graph g;
  const Value input = g.input(shape);
  const Value emb = conditioning(g, classes, augmentation, kFrequencies, o.hidden);
  const Value patches = g.patchify(input, o.patch);
  Value x = g.add_positions(g.conv(patches, o.hidden, 1, "in"));
  for (int64_t i = 0; i < o.layers; ++i) x = block(g, x, emb, o, fmt::format("block.{}", i));
  x = g.conv(modulated(g, x, emb, "out"), g.channels(patches), 1, "out.linear", 1, /*zero=*/true);
  g.output(g.unpatchify(x, o.patch));
  return g;
}

}  // namespace athanor::arch
