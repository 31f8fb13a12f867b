// Classifier-free guidance: away from what the model draws without a class, towards what it draws with one.
//
//   D̂ = D_u + w·(D_c − D_u)
//
// Source: Ho, Salimans, "Classifier-free diffusion guidance" (2022), equation 6.
// Differs: w = 1 is the conditional model, so w is one more than the paper's weight.
#pragma once

#include "diffusion/denoiser.h"

namespace athanor::diffusion {

/// Guides with weight w, any finite number. w = 1 gives the model the labels alone, w = 0 none (every label
/// −1); any other weight gives it each row twice, in one call, so that a single image keeps two threads busy. The
/// result is the model's own where each row is evaluated once.
LabelledDenoise guided(LabelledDenoise denoise, double w);

/// Evaluations of the model for one of the guided denoiser: 1 or 2.
int64_t evaluations_of_guidance(double w);

}  // namespace athanor::diffusion
