#include "arch/classifier.h"

namespace athanor::arch {

Graph classifier(const UnetOptions& options, const Shape& shape, int64_t outputs, int64_t augmentation) {
  require(outputs >= 1 && outputs <= 1'000'000, "classifier: {} outputs; 1 to 1000000", outputs);
  Graph g;
  const Value h = descend(g, options, shape, 0, augmentation).blocks.back();
  const Value features = g.mean(g.silu(g.group_norm(h, "out.norm")));
  g.tap(features, "features");
  g.output(g.linear(features, outputs, "out.linear", /*zero=*/true));
  return g;
}

}  // namespace athanor::arch
