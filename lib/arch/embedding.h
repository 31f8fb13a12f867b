// What every network is conditioned on: the noise level and the class.
#pragma once

#include "arch/graph.h"

namespace athanor::arch {

/// silu(linear(silu(linear(positional(c_noise)))) + class embedding): [dim]; `frequencies` is the size of the
/// positional embedding. classes 0: the noise level alone. `augmentation` numbers that tell how an image was changed
/// are added by a linear map without a bias, so that zeros add nothing; 0: none, as in all models but those in
/// training. Parameters: emb.0, emb.1, emb.class, emb.augmentation.
Value conditioning(Graph& g, int64_t classes, int64_t augmentation, int64_t frequencies, int64_t dim);

}  // namespace athanor::arch
