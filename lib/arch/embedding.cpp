#include "arch/embedding.h"

namespace athanor::arch {

Value conditioning(Graph& g, int64_t classes, int64_t augmentation, int64_t frequencies, int64_t dim) {
  Value emb = g.positional_embedding(g.noise_level(), frequencies);
  emb = g.linear(g.silu(g.linear(emb, dim, "emb.0")), dim, "emb.1");
  if (classes > 0) emb = g.add(emb, g.class_embedding(g.label(classes), dim, "emb.class"));
  if (augmentation > 0) emb = g.add(emb, g.told(augmentation, dim, "emb.augmentation"));
  return g.silu(emb);
}

}  // namespace athanor::arch
