#include "similarity/classifier.h"

#include <algorithm>
#include <cmath>

namespace athanor::similarity {

Classifier::Classifier(const io::Source& model, const Shape& shape, int64_t threads, std::string_view tap)
    : model_(diffusion::open_model(model)), elements_(element_count(shape)) {
  const arch::NetworkConfig& config = model_.config.network;
  require(config.type == "classifier",
          "{} is no classifier, but a model of type {}; diffusion-train --classifier makes one", model.name(),
          config.type);
  require(config.shape == shape, "{} classifies images of {}, and rows are {}", model.name(), shape_text(config.shape),
          shape_text(shape));
  const arch::Graph whole = arch::build(config), graph = tap.empty() ? whole : whole.up_to(tap);
  dimension_ = element_count(graph.nodes()[size_t(graph.output_node())].shape);
  network_ = engine::make_executor(graph, model_.file, {.threads = threads});
  // Two classifiers of one name are told apart by what is in them.
  name_ = fmt::format("{} {} ({})", tap.empty() ? "logits of" : "classifier", model.file_name(),
                      model_.record.header_sha256.substr(0, 8));
}

void Classifier::compute(std::span<const float> rows, std::span<float> features) const {
  const diffusion::Preconditioning c = diffusion::precondition(model_.config.parameterisation, model_.config.sigma_min);
  std::vector<float> seen(rows.size());
  std::ranges::transform(rows, seen.begin(), [&](float x) { return float(c.c_in * double(x)); });
  const std::vector<float> noise(rows.size() / size_t(elements_), float(c.c_noise));
  const std::lock_guard lock(one_at_a_time_);
  network_->forward(seen, noise, {}, features);
}

Agreement agreement_of(const Set& set, int64_t threads, const Progress& progress) {
  require(set.rows.labelled(), "{}: agreement needs labels", set.rows.name());
  Agreement result{.count = set.count()};
  int64_t right = 0;
  for_blocks(set, threads, progress, [&](int64_t first, const Rows& logits) {
    for (int64_t i = 0; i < logits.count(); ++i) {
      const int64_t row = set.number(first + i), label = set.rows.label(row);
      require(label < logits.dimension, "{}: row {} has the label {}, and the classifier knows {} classes",
              set.rows.name(), row, label, logits.dimension);
      const std::span<const float> each = logits.row(i);
      right += std::ranges::max_element(each) - each.begin() == label;
    }
  });
  result.share = double(right) / double(result.count);
  result.error = std::sqrt(result.share * (1 - result.share) / double(result.count));
  return result;
}

}  // namespace athanor::similarity
