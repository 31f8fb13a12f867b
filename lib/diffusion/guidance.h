// Classifier-free guidance: away from what the model draws without a class, towards what it draws with one.
//
//   D̂ = D_u + w·(D_c − D_u)
//
// Source: Ho, Salimans, "Classifier-free diffusion guidance" (2022), equation 6.
// Differs: w = 1 is the conditional model, so w is one more than the paper's weight.
#pragma once

#include "diffusion/denoiser.h"

namespace athanor::diffusion {

/// Guides with weight w, any finite number. w = 1 calls the model with the labels alone, w = 0 without labels alone
/// (every label −1); any other weight calls it twice. The result is the model's own where one call is made.
LabelledDenoise guided(LabelledDenoise denoise, double w);

/// Calls of the model for one evaluation of the guided denoiser: 1 or 2.
int64_t calls_of_guidance(double w);

}  // namespace athanor::diffusion
