#include "engine/attention.h"

#include <cmath>

#include "engine/convolution.h"

namespace athanor::engine {
namespace {

std::vector<int64_t> all_places(const Plane& plane) {
  return places(plane, {.height = plane.height, .width = plane.width});
}

class Attention : public Step {
 public:
  Attention(const Program& program, int qkv, int64_t heads, int out)
      : heads_(heads),
        origins_(all_places(program.values[size_t(qkv)].plane)),
        outs_(all_places(program.values[size_t(out)].plane)) {
    reads = {qkv};
    writes = out;
    const Plane& to = program.values[size_t(out)].plane;
    scratch = program.kernels->head_scratch(to.pixels(), to.channels / heads);
  }

  void run(const Frame& frame, const Share& share) const override {
    const Plane& to = frame.plane(writes);
    const int64_t size = to.channels / heads_;
    const auto [first, last] = share.of(to.pixels(), frame.kernels().rows);
    for (int64_t image = 0; image < frame.images; ++image) {
      if (share.index == 0) frame.clear_halo(writes, image);
      const auto part = [&](int64_t channel) { return frame.data(reads[0], image, channel); };
      for (int64_t h = 0; h < heads_; ++h)
        frame.kernels().attend({.tokens = to.pixels(),
                                .first = first,
                                .last = last,
                                .size = size,
                                .q = part(h * size),
                                .k = part(to.channels + h * size),
                                .v = part(2 * to.channels + h * size),
                                .origins = origins_.data(),
                                .out = frame.data(writes, image, h * size),
                                .outs = outs_.data(),
                                .scale = float(1 / std::sqrt(double(size))),
                                .soften = frame.kernels().soften,
                                .scratch = frame.scratch});
    }
  }

 private:
  int64_t heads_;
  std::vector<int64_t> origins_, outs_;
};

}  // namespace

std::unique_ptr<Step> attention(const Program& program, int qkv, int64_t heads, int out) {
  return std::make_unique<Attention>(program, qkv, heads, out);
}

}  // namespace athanor::engine
