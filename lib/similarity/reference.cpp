#include "similarity/reference.h"

#include "similarity/moments.h"

namespace athanor::similarity {

Reference open_reference(const io::Source& source, const data::DatasetOptions& options, const Remark& remark) {
  auto opened = data::open_images_or_tensors(source, options, remark);
  if (auto* rows = std::get_if<std::unique_ptr<data::Dataset>>(&opened))
    return {.rows = std::move(*rows), .moments = {}};
  auto& tensors = std::get<io::TensorReader>(opened);
  if (holds_moments(tensors.layout())) return {.rows = nullptr, .moments = std::move(tensors)};
  return {.rows = data::open_tensors(std::move(tensors), source, options), .moments = {}};
}

}  // namespace athanor::similarity
