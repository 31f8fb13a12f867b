// What a network is told beside the image; the ways into a program and out of it; and elements that change their place.
#pragma once

#include "engine/program.h"

namespace athanor::engine {

/// cos, then sin of noise·10000^(−i/(dim/2 − 1)).
std::unique_ptr<Step> positional_embedding(const Program& program, int out);
/// Row `label` of weight [classes + 1, dim], which outlives the program; the last for no label.
std::unique_ptr<Step> class_embedding(const Program& program, const std::vector<float>& weight, int out);
/// A vector of the conditions, as a value.
std::unique_ptr<Step> condition(const Program& program, Vector vector, int out);
/// The frame's input [C,H,W], channels last.
std::unique_ptr<Step> input(const Program& program, int out);
/// The frame's output [C,H,W].
std::unique_ptr<Step> output(const Program& program, int from);
/// Twice as high and wide, nearest neighbour.
std::unique_ptr<Step> magnify(int from, int out);
/// Patches of an image as the channels of a smaller one, (c, i, j) in this order; or `back`.
std::unique_ptr<Step> rearrange(int patches, int64_t patch, int image, bool back);
/// What Op::add_positions adds, [height][width][channels].
std::vector<float> grid_positions(int64_t channels, int64_t height, int64_t width);
/// The same and `from`.
std::unique_ptr<Step> add_positions(const Program& program, int from, int out);
/// Of each channel over the pixels.
std::unique_ptr<Step> mean(const Program& program, int from, int out);

}  // namespace athanor::engine
