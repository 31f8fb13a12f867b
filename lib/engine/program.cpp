#include "engine/program.h"

#include <algorithm>

namespace athanor::engine {

void plan_memory(Program& program) {
  struct Use {
    int value;
    int64_t size, first, last, offset;
  };
  std::vector<Use> uses;
  for (size_t v = 0; v < program.values.size(); ++v) {
    Use use{int(v), program.values[v].plane.elements() * program.images * program.kernels->element, -1, -1, 0};
    use.size = (use.size + 63) / 64 * 64;  // cache lines
    for (size_t s = 0; s < program.steps.size(); ++s) {
      const Step& step = *program.steps[s];
      if (step.writes != use.value && std::ranges::find(step.reads, use.value) == step.reads.end()) continue;
      if (use.first < 0) use.first = int64_t(s);
      use.last = int64_t(s);
    }
    if (std::ranges::find(program.results, use.value) != program.results.end())
      use.last = int64_t(program.steps.size());
    if (use.first >= 0) uses.push_back(use);
  }
  // The largest first, each at the lowest place that is free while it lives.
  std::ranges::stable_sort(uses, [](const Use& a, const Use& b) { return a.size > b.size; });
  std::vector<Use> placed;
  for (Use& use : uses) {
    for (const Use& other : placed) {  // in the order of their offsets
      const bool together = other.first <= use.last && use.first <= other.last;
      if (together && use.offset < other.offset + other.size && other.offset < use.offset + use.size)
        use.offset = other.offset + other.size;
    }
    program.values[size_t(use.value)].offset = use.offset;
    program.arena = std::max(program.arena, use.offset + use.size);
    placed.insert(std::ranges::upper_bound(placed, use.offset, {}, &Use::offset), use);
  }
  for (const auto& step : program.steps) program.scratch = std::max(program.scratch, step->scratch);
}

}  // namespace athanor::engine
