#include "train/gradient_sum.h"

#include "arch/network.h"
#include "support/catch.h"

namespace athanor::train {

TEST_CASE("law: buckets hold each parameter once, from the last to the first, and all but the last are large enough") {
  const arch::Graph graph =
      arch::build({.type = "mlp", .shape = {2}, .classes = 3, .unet = {}, .mlp = {.width = 16, .depth = 3}});
  const auto& parameters = graph.parameters();
  for (const int64_t least : {int64_t{1}, int64_t{300}, int64_t{1} << 40}) {
    const std::vector<Bucket> buckets = buckets_of(parameters, least);
    int64_t end = graph.parameter_count();
    size_t last = parameters.size();
    for (size_t b = 0; b < buckets.size(); ++b) {
      CHECK(buckets[b].last == last);
      CHECK(buckets[b].offset + buckets[b].count == end);
      int64_t count = 0;
      for (size_t p = buckets[b].first; p < buckets[b].last; ++p) count += element_count(parameters[p].shape);
      CHECK(buckets[b].count == count);
      if (b + 1 < buckets.size()) CHECK(count >= least);
      end = buckets[b].offset;
      last = buckets[b].first;
    }
    CHECK(end == 0);
    CHECK(last == 0);
    if (least == 1) CHECK(buckets.size() == parameters.size());
    if (least > graph.parameter_count()) CHECK(buckets.size() == 1);
  }
}

}  // namespace athanor::train
