#include "arch/executor.h"

namespace athanor::arch {

Executor::Executor(const Graph& graph)
    : in_(element_count(graph.nodes()[size_t(graph.input_node())].shape)),
      out_(element_count(graph.nodes()[size_t(graph.output_node())].shape)) {
  for (const Node& node : graph.nodes())
    if (node.op == Op::label) classes_ = node.shape[0];
}

void Executor::forward(std::span<const float> x, std::span<const float> noise, std::span<const int64_t> labels,
                       std::span<float> out) {
  const size_t images = noise.size();
  require(x.size() == images * size_t(in_) && out.size() == images * size_t(out_),
          "the network takes {} numbers an image and gives {}; {} and {} stand for {} images", in_, out_, x.size(),
          out.size(), images);
  require(labels.empty() || labels.size() == images, "{} labels stand for {} images", labels.size(), images);
  for (const int64_t label : labels)
    require(label >= -1 && (label < classes_ || classes_ == 0), "there is no class {}: the network knows {}", label,
            classes_);
  const std::vector<int64_t> none(classes_ > 0 && labels.empty() ? images : 0, -1);
  run(x, noise, labels.empty() ? none : labels, out);
}

}  // namespace athanor::arch
