#include "cosine/picture.h"

#include "image/plot.h"

namespace athanor::cosine {
namespace {

constexpr size_t kMostPoints = 1 << 13, kBars = 60;

/// The outline of the bars.
image::Series outline(const Quantiles::Histogram& histogram) {
  image::Series series{.name = {}, .points = {{histogram.low, 0}}};
  // Cosines that are all the same make one bar.
  const double width =
      (histogram.high > histogram.low ? histogram.high - histogram.low : 1e-3) / double(histogram.counts.size());
  for (size_t i = 0; i < histogram.counts.size(); ++i) {
    const double left = histogram.low + double(i) * width;
    series.points.emplace_back(left, histogram.counts[i]);
    series.points.emplace_back(left + width, histogram.counts[i]);
  }
  series.points.emplace_back(series.points.back().first, 0);
  return series;
}

}  // namespace

void Points::add(const array::Products& group) {
  if (group.norm_x() == 0 || group.norm_y() == 0 || number_++ % stride_ != 0) return;
  points_.emplace_back(group.norm_y() / group.norm_x(), group.cosine());
  if (points_.size() <= kMostPoints) return;
  std::vector<std::pair<double, double>> half;
  for (size_t i = 0; i < points_.size(); i += 2) half.push_back(points_[i]);
  points_ = std::move(half);
  stride_ *= 2;
}

void draw(const std::string& path, Quantiles& cosines, const Points& points, const Remark& remark) {
  const std::vector<image::Panel> panels{
      {{.title = "local cosines", .x_label = "cosine", .y_label = "groups"}, {outline(cosines.histogram(kBars))}},
      {{.title = "norms and directions", .x_label = "|B|/|A|", .y_label = "cosine", .log_y = false, .scatter = true},
       {{.name = {}, .points = points.list()}}}};
  image::plot(path, panels, remark);
}

}  // namespace athanor::cosine
