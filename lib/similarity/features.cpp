#include "similarity/features.h"

#include <algorithm>
#include <utility>

#include "similarity/classifier.h"
#include "similarity/random_features.h"
#include "similarity/scripted_features.h"

namespace athanor::similarity {
namespace {

/// The numbers of a row as they are.
class Pixels : public Features {
 public:
  explicit Pixels(const Shape& shape) : name_(shape.size() == 3 ? "pixels" : "values"), size_(element_count(shape)) {}
  const std::string& name() const override { return name_; }
  int64_t dimension() const override { return size_; }
  void compute(std::span<const float> rows, std::span<float> features) const override {
    std::ranges::copy(rows, features.begin());
  }

 private:
  std::string name_;
  int64_t size_;
};

/// Other features of images whose squares of pixels are averaged.
class Downscaled : public Features {
 public:
  Downscaled(std::unique_ptr<Features> inner, int64_t width, int64_t side)
      : inner_(std::move(inner)), width_(width), side_(side), name_(fmt::format("{} of 1/{}", inner_->name(), side)) {}
  const std::string& name() const override { return name_; }
  int64_t dimension() const override { return inner_->dimension(); }
  void compute(std::span<const float> rows, std::span<float> features) const override {
    inner_->compute(averaged(rows, width_, side_), features);
  }

 private:
  std::unique_ptr<Features> inner_;
  int64_t width_, side_;
  std::string name_;
};

/// Features by `make`, which is told the shape of what they see.
template <class Make>
std::unique_ptr<Features> downscaled(const Shape& shape, int64_t side, Make make) {
  if (side == 1) return make(shape);
  require(shape.size() == 3, "--downscale is for images, and rows are {}", shape_text(shape));
  require(shape[1] % side == 0 && shape[2] % side == 0, "--downscale: {} x {} pixels are no squares of {}", shape[1],
          shape[2], side);
  return std::make_unique<Downscaled>(make(Shape{shape[0], shape[1] / side, shape[2] / side}), shape[2], side);
}

}  // namespace

std::vector<float> averaged(std::span<const float> planes, int64_t width, int64_t side) {
  const int64_t height = int64_t(planes.size()) / width / side, across = width / side;
  std::vector<float> small(size_t(height * across));
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < across; ++x) {
      double sum = 0;
      for (int64_t i = 0; i < side; ++i)
        for (int64_t j = 0; j < side; ++j) sum += double(planes[size_t((y * side + i) * width + x * side + j)]);
      small[size_t(y * across + x)] = float(sum / double(side * side));
    }
  return small;
}

void FeatureOptions::fields(Fields& v) {
  v.opt("--features", kind,
        "pixels: the numbers of a row as they are; random: means of a fixed random layer over parts of the image; "
        "classifier, torchscript: what the network given by that option sees",
        one_of({"pixels", "random", "classifier", "torchscript"}));
  v.opt("--classifier", classifier,
        "checkpoint of diffusion-train --classifier: for its features, and for the measure agreement");
  v.opt("--torchscript", torchscript, "network by torch.jit.save that gives [N, …] numbers for images [N,C,H,W]");
  v.opt("--torchscript-range", torchscript_range, "LOW,HIGH: what that network sees for black and white");
  v.opt("--downscale", downscale, "images are seen smaller: each square of this many pixels a side is averaged",
        between(1, 1024));
}

void FeatureOptions::check() const {
  if (kind == "classifier" && !classifier) fail(ErrorKind::usage, "--features classifier needs --classifier");
  if (kind == "torchscript" && !torchscript) fail(ErrorKind::usage, "--features torchscript needs --torchscript");
  if (torchscript && kind != "torchscript") fail(ErrorKind::usage, "--torchscript is for --features torchscript");
  if (torchscript_range.size() != 2 || !(torchscript_range[0] < torchscript_range[1]))
    fail(ErrorKind::usage, "--torchscript-range: expected two numbers LOW,HIGH with LOW < HIGH");
}

std::unique_ptr<Features> make_features(const FeatureOptions& options, const Shape& shape, int64_t threads) {
  options.check();
  return downscaled(shape, options.downscale, [&](const Shape& seen) -> std::unique_ptr<Features> {
    if (options.kind == "classifier") return std::make_unique<Classifier>(options.classifier, seen, threads);
    if (options.kind == "torchscript")
      return std::make_unique<ScriptedFeatures>(options.torchscript, options.torchscript_range, seen, threads);
    if (options.kind == "random") return std::make_unique<RandomFeatures>(seen);
    return std::make_unique<Pixels>(seen);
  });
}

std::unique_ptr<Features> make_logits(const FeatureOptions& options, const Shape& shape, int64_t threads) {
  return downscaled(shape, options.downscale, [&](const Shape& seen) {
    return std::make_unique<Classifier>(options.classifier, seen, threads, "");
  });
}

}  // namespace athanor::similarity
