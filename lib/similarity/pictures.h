// What numbers do not say: nearest neighbours as a sheet, and where two sets lie along a line.
#pragma once

#include "core/work.h"
#include "image/plot.h"
#include "image/sheet.h"
#include "similarity/comparison.h"
#include "similarity/neighbours.h"

namespace athanor::similarity {

struct PictureOptions {
  io::Sink neighbours, plot;
  int64_t shown = 10;  ///< samples on the sheet of neighbours
  image::SheetOptions sheet;
  void fields(Fields& v);
  /// Throws Error{usage}: names that say no format.
  void check() const;
};

/// The k nearest of `queries` among all rows of a set, in one pass and constant memory.
Nearest nearest_in_set(const Rows& queries, const Set& set, int64_t k, int64_t threads, const Progress& progress);

/// A line for each of the first `count` samples: the sample, then its k nearest real images with their distances.
/// `sheet.columns` is not looked at. Throws Error{data}: rows are no images, or k real ones are not there.
image::Bitmap neighbour_sheet(const Set& reference, const Set& samples, int64_t count, int64_t k,
                              image::SheetOptions sheet, int64_t threads, const Progress& progress);

/// To a file, in the format that its name asks for; a PNG carries the history. Throws Error{usage, io}.
void write_sheet(const io::Sink& sink, io::Existing existing, const image::Bitmap& sheet, const io::History& history);

/// Densities of both sets along that of sliced-wasserstein's directions which tells them apart best, as steps.
std::vector<image::Series> projected_densities(const Held& held, const ComparisonOptions& options);
/// Draws them. Throws as image::plot.
void plot_densities(const io::Sink& sink, const Held& held, const ComparisonOptions& options, const Remark& remark);

}  // namespace athanor::similarity
