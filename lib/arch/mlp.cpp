#include "arch/mlp.h"

#include "arch/embedding.h"

namespace athanor::arch {

void MlpOptions::fields(Fields& v) {
  v.opt("--width", width, "width of the hidden layers", between(4, 65536));
  v.opt("--depth", depth, "residual layers", between(1, 1024));
}

Graph mlp(const MlpOptions& o, const Shape& shape, int64_t classes) {
  check_shape(shape, {"D"}, "mlp: vectors");
  require(o.width >= 4 && o.width <= 65536 && o.depth >= 1 && o.depth <= 1024,
          "mlp: width {} and depth {}; 4 to 65536 and 1 to 1024", o.width, o.depth);
  Graph g;
  const Value x = g.input(shape);
  const Value emb = conditioning(g, classes, 0, 32, o.width);
  Value h = g.linear(x, o.width, "in");
  for (int64_t i = 0; i < o.depth; ++i) {
    const std::string name = fmt::format("layer.{}", i);
    const Value scale_shift = g.linear(emb, 2 * o.width, name + ".emb");
    const Value inner = g.silu(g.modulate(g.layer_norm(h, name + ".norm"), scale_shift));
    h = g.add(h, g.linear(g.silu(g.linear(inner, o.width, name + ".linear1")), o.width, name + ".linear2", true));
  }
  g.output(g.linear(g.silu(g.layer_norm(h, "out.norm")), shape[0], "out.linear", /*zero=*/true));
  return g;
}

}  // namespace athanor::arch
