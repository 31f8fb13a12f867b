// What a trained classifier sees in images: its features, and the classes that it takes them for.
//
//   agreement = share of rows whose label is argmax of the classifier's logits
//
// Images are shown at the lowest noise level that the classifier was trained for, as c_in·x
// (diffusion/preconditioning.h).
//
// Source: Karras et al., "Elucidating the design space of diffusion-based generative models" (2022), equation 7, for
//         what the network is given; class agreement is the accuracy of Ravuri and Vinyals, "Classification accuracy
//         score for conditional generative models" (2019), with the roles of the sets exchanged.
#pragma once

#include <mutex>

#include "diffusion/model.h"
#include "engine/executor.h"
#include "similarity/reading.h"

namespace athanor::similarity {

class Classifier : public Features {
 public:
  /// A checkpoint of diffusion-train --classifier for images of this shape; what it gives is its inner value `tap`, or,
  /// where that is empty, a logit for each class. Threads 0: one a processor. Throws Error{io, data}: no classifier, or
  /// one for other images.
  Classifier(const io::Source& model, const Shape& shape, int64_t threads, std::string_view tap = "features");
  const std::string& name() const override { return name_; }
  int64_t dimension() const override { return dimension_; }
  void compute(std::span<const float> rows, std::span<float> features) const override;

 private:
  diffusion::Model model_;
  std::string name_;
  int64_t dimension_, elements_;
  mutable std::mutex one_at_a_time_;  // the executor has threads of its own
  std::unique_ptr<engine::Executor> network_;
};

/// The share of a labelled set's rows that `logits` take for what their labels say, and its standard error.
struct Agreement {
  double share = 0, error = 0;
  int64_t count = 0;
};
/// Throws Error{data}: no labels, or one that the classifier does not know.
Agreement agreement_of(const Set& set, int64_t threads, const Progress& progress);

}  // namespace athanor::similarity
