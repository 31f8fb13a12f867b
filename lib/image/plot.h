// Curves and point clouds, drawn by gnuplot through a pipe.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/work.h"

namespace athanor::image {

/// A line (or points) with a name in the key.
struct Series {
  std::string name;
  std::vector<std::pair<double, double>> points;
};
struct PlotOptions {
  std::string title, x_label, y_label;
  bool log_y = false;
  bool scatter = false;     ///< points instead of lines
  bool equal_axes = false;  ///< a unit is as long in both directions
};
struct Panel {
  PlotOptions options;
  std::vector<Series> series;
};

/// Throws Error{usage} unless the name ends in .svg or .png.
void check_plot_name(const std::string& path);
/// Writes the plot to `path` as SVG or PNG by its suffix, replacing it whole. Where gnuplot is not installed, says
/// so through `remark` and draws nothing: a plot never ends the work that it shows. Throws Error{io} when the file
/// cannot be written.
void plot(const std::string& path, const PlotOptions& options, std::span<const Series> series, const Remark& remark);
/// Several beside each other. A panel in which nothing can be seen is left out.
void plot(const std::string& path, std::span<const Panel> panels, const Remark& remark);

}  // namespace athanor::image
