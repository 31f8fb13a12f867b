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
  int64_t offset = 0;  ///< in the arena, of the first image, in bytes
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
  std::string what;     ///< for people: "conv2d 3x3 + add: up.0.1.conv2"
  int64_t flops = 0;    ///< an image
  int64_t scratch = 0;  ///< float32 elements that each thread may use
};

struct Program {
  const Kernels* kernels = nullptr;  ///< whose elements the values are made of
  std::vector<Value> values;
  std::vector<std::unique_ptr<Step>> steps;
  std::vector<int> results;  ///< values that stay until the last step is done
  int64_t images = 1;        ///< most images of a micro-batch
  int64_t arena = 0;         ///< bytes
  int64_t scratch = 0;       ///< float32 elements, the most of any step
};

struct Frame {
  const Program& program;
  int64_t images;
  std::byte* arena;
  float* scratch;                            ///< each thread has its own
  const float* input = nullptr;              ///< [images, C, H, W]
  float* output = nullptr;                   ///< [images, C, H, W]
  const float* noise = nullptr;              ///< [images]
  const int64_t* labels = nullptr;           ///< [images]
  const float* const* conditions = nullptr;  ///< a row for each image

  const Plane& plane(int value) const { return program.values[size_t(value)].plane; }
  const Kernels& kernels() const { return *program.kernels; }
  /// Where an element of an image lies.
  std::byte* data(int value, int64_t image = 0, int64_t element = 0) const {
    return arena + program.values[size_t(value)].offset +
           (image * plane(value).elements() + element) * kernels().element;
  }
  /// A vector in float32; `room` for its elements if they have to be widened.
  const float* vector(const Vector& v, int64_t image, float* room) const {
    if (v.value < 0) return conditions[image] + v.condition;
    kernels().widen(data(v.value, image), plane(v.value).elements(), room);
    return room;
  }
  void clear_halo(int value, int64_t image) const {
    engine::clear_halo(plane(value), kernels().element, data(value, image));
  }
};

/// Memory on a boundary of cache lines; it costs nothing before it is used.
class Arena {
 public:
  explicit Arena(int64_t bytes) : memory_(static_cast<std::byte*>(::operator new(size_t(bytes + 1), kAlignment))) {}
  std::byte* get() const { return memory_.get(); }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(std::byte* memory) const { ::operator delete(memory, kAlignment); }
  };
  std::unique_ptr<std::byte, Free> memory_;
};

/// Gives every value its place, and every step scratch: values that are not alive together share memory.
void plan_memory(Program& program);

}  // namespace athanor::engine
