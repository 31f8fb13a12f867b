// A network as steps on memory that is laid out beforehand.
#pragma once

#include <algorithm>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "engine/kernels.h"

namespace athanor::engine {

/// A micro-batch on its way through a program.
struct Frame;

/// One of `count` threads that do a step together.
struct Share {
  int64_t index = 0, count = 1;
  /// This thread's part [begin, end) of n things, cut at multiples of `grain`.
  std::pair<int64_t, int64_t> of(int64_t n, int64_t grain = 1) const {
    const int64_t grains = (n + grain - 1) / grain;
    return {std::min(n, index * grains / count * grain), std::min(n, (index + 1) * grains / count * grain)};
  }
};

/// What a step reads and writes: planes, one an image.
struct Value {
  Plane plane;
  int64_t offset = 0;  ///< in the arena, of the first image
};

/// A vector for each image: a value of one pixel, or a part of what its conditions were made into.
struct Vector {
  int value = -1;
  int64_t condition = -1;  ///< offset in a row of conditions
  bool given() const { return value >= 0 || condition >= 0; }
};

class Step {
 public:
  virtual ~Step() = default;
  /// This thread's share of the work; all have come here, and none goes on before all are done.
  virtual void run(const Frame& frame, const Share& share) const = 0;
  /// Values that are read, and the one that is written (-1: none).
  std::vector<int> reads;
  int writes = -1;
  std::string what;   ///< for people: "conv2d 3x3 + add: up.0.1.conv2"
  int64_t flops = 0;  ///< an image
};

struct Program {
  std::vector<Value> values;
  std::vector<std::unique_ptr<Step>> steps;
  std::vector<int> results;  ///< values that stay until the last step is done
  int64_t images = 1;        ///< most images of a micro-batch
  int64_t arena = 0;         ///< elements
  int64_t scratch = 0;       ///< elements that one step at a time may use
};

struct Frame {
  const Program& program;
  const Kernels& kernels;
  int64_t images;
  float* arena;
  float* scratch;                            ///< each thread has its own
  const float* input = nullptr;              ///< [images, C, H, W]
  float* output = nullptr;                   ///< [images, C, H, W]
  const float* noise = nullptr;              ///< [images]
  const int64_t* labels = nullptr;           ///< [images]
  const float* const* conditions = nullptr;  ///< a row for each image

  const Plane& plane(int value) const { return program.values[size_t(value)].plane; }
  float* data(int value, int64_t image = 0) const {
    return arena + program.values[size_t(value)].offset + image * plane(value).elements();
  }
  const float* vector(const Vector& v, int64_t image) const {
    return v.value >= 0 ? data(v.value, image) : conditions[image] + v.condition;
  }
};

/// Memory for elements, on a boundary of cache lines; it costs nothing before it is used.
class Arena {
 public:
  explicit Arena(int64_t elements)
      : elements_(static_cast<float*>(::operator new(size_t(elements + 1) * sizeof(float), kAlignment))) {}
  float* get() const { return elements_.get(); }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(float* elements) const { ::operator delete(elements, kAlignment); }
  };
  std::unique_ptr<float, Free> elements_;
};

/// Gives every value its place: values that are not alive together share memory.
void plan_arena(Program& program);

}  // namespace athanor::engine
