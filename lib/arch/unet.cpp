#include "arch/unet.h"

#include <algorithm>

#include "arch/embedding.h"

namespace athanor::arch {
namespace {

Value residual_block(Graph& g, Value x, Value emb, int64_t out, const std::string& name) {
  Value h = g.conv(g.silu(g.group_norm(x, name + ".norm1")), out, 3, name + ".conv1");
  const Value scale_shift = g.linear(emb, 2 * out, name + ".emb");
  h = g.modulate(g.group_norm(h, name + ".norm2"), scale_shift);
  h = g.conv(g.silu(h), out, 3, name + ".conv2", 1, /*zero=*/true);
  const Value shortcut = g.channels(x) == out ? x : g.conv(x, out, 1, name + ".shortcut");
  return g.add(shortcut, h);
}

Value attention_block(Graph& g, Value x, int64_t head_channels, const std::string& name) {
  const int64_t c = g.channels(x), heads = std::max<int64_t>(1, c / head_channels);
  require(c % heads == 0, "{}: {} channels do not split into {} heads of about {} channels", name, c, heads,
          head_channels);
  const Value qkv = g.conv(g.group_norm(x, name + ".norm"), 3 * c, 1, name + ".qkv");
  return g.add(x, g.conv(g.attention(qkv, heads), c, 1, name + ".proj", 1, /*zero=*/true));
}

int64_t width(const UnetOptions& o, int64_t level) { return o.channels * o.multipliers[size_t(level)]; }

/// A level's residual block, with attention at the heights that it is asked for.
Value block(Graph& g, Value x, Value emb, const UnetOptions& o, int64_t level, const std::string& name) {
  const Value h = residual_block(g, x, emb, width(o, level), name);
  const bool attends = std::ranges::find(o.attention, g.shape(h)[1]) != o.attention.end();
  return attends ? attention_block(g, h, o.head_channels, name + ".attn") : h;
}

}  // namespace

void UnetOptions::fields(Fields& v) {
  v.opt("--channels", channels, "channels of the first level", between(4, 65536));
  v.opt("--multipliers", multipliers, "channels of each level, as multiples of --channels", between(1, 1024));
  v.opt("--blocks", blocks, "residual blocks a level, down and up", at_least(1));
  v.opt("--attention", attention, "image heights at which blocks are followed by self-attention", at_least(1));
  v.opt("--head-channels", head_channels, "channels of an attention head", at_least(1));
}

Descent descend(Graph& g, const UnetOptions& o, const Shape& shape, int64_t classes, int64_t augmentation) {
  check_shape(shape, {"C", "H", "W"}, "unet: images");
  const int64_t levels = int64_t(o.multipliers.size());
  require(levels >= 1 && levels <= 16 && o.blocks >= 1 && o.blocks <= 64,
          "unet: {} levels of {} blocks; 1 to 16 of 1 to 64", levels, o.blocks);
  require(o.channels >= 4 && o.channels <= 65536 && o.head_channels >= 1,
          "unet: {} channels, {} a head; 4 to 65536 and at least 1", o.channels, o.head_channels);
  for (const int64_t m : o.multipliers) require(m >= 1 && m <= 1024, "unet: the multiplier {}; 1 to 1024", m);
  const int64_t unit = int64_t{1} << (levels - 1);
  require(shape[1] % unit == 0 && shape[2] % unit == 0,
          "unet: {} levels need a height and width divisible by {}, got {}x{}", levels, unit, shape[1], shape[2]);
  const Value x = g.input(shape);
  Descent down{.emb = conditioning(g, classes, augmentation, o.channels, 4 * o.channels), .blocks = {}};
  Value h = g.conv(x, width(o, 0), 3, "in");
  for (int64_t level = 0; level < levels; ++level) {
    for (int64_t b = 0; b < o.blocks; ++b)
      down.blocks.push_back(h = block(g, h, down.emb, o, level, fmt::format("down.{}.{}", level, b)));
    if (level + 1 < levels) h = g.conv(h, width(o, level + 1), 3, fmt::format("down.{}.downsample", level), 2);
  }
  return down;
}

Graph unet(const UnetOptions& o, const Shape& shape, int64_t classes, int64_t augmentation) {
  Graph g;
  auto [emb, skips] = descend(g, o, shape, classes, augmentation);
  Value h = skips.back();
  h = residual_block(g, h, emb, g.channels(h), "mid.0");
  h = attention_block(g, h, o.head_channels, "mid.attn");
  h = residual_block(g, h, emb, g.channels(h), "mid.1");

  for (int64_t level = int64_t(o.multipliers.size()) - 1; level >= 0; --level) {
    for (int64_t b = 0; b < o.blocks; ++b) {
      h = block(g, g.concat(h, skips.back()), emb, o, level, fmt::format("up.{}.{}", level, b));
      skips.pop_back();
    }
    if (level > 0) h = g.conv(g.upsample(h), width(o, level - 1), 3, fmt::format("up.{}.upsample", level));
  }
  h = g.silu(g.group_norm(h, "out.norm"));
  g.output(g.conv(h, shape[0], 3, "out.conv", 1, /*zero=*/true));
  return g;
}

}  // namespace athanor::arch
