// What a network is told beside the image, as vectors; and the ways into a program and out of it.
#pragma once

#include "engine/program.h"

namespace athanor::engine {

/// cos, then sin of noise·10000^(−i/(dim/2 − 1)).
std::unique_ptr<Step> positional_embedding(const Program& program, int out);
/// Row `label` of weight [classes + 1, dim]; the last for no label.
std::unique_ptr<Step> class_embedding(const Program& program, const std::vector<float>& weight, int out);
/// A vector of the conditions, as a value.
std::unique_ptr<Step> condition(const Program& program, Vector vector, int out);
/// The frame's input [C,H,W], channels last.
std::unique_ptr<Step> input(const Program& program, int out);
/// The frame's output [C,H,W].
std::unique_ptr<Step> output(const Program& program, int from);
/// a + b.
std::unique_ptr<Step> sum(const Program& program, int a, int b, int out);
/// Twice as high and wide, nearest neighbour.
std::unique_ptr<Step> magnify(int from, int out);

}  // namespace athanor::engine
