#include "similarity/pictures.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/parallel.h"
#include "similarity/sliced_wasserstein.h"

namespace athanor::similarity {
namespace {

constexpr int64_t kBins = 60;

/// Part of the numbers in each bin, divided by its width, drawn as steps.
image::Series steps_of(std::string name, std::span<const double> values, double low, double high) {
  const double width = (high - low) / double(kBins);
  std::vector<double> parts(kBins, 0.0);
  for (const double v : values)
    parts[size_t(std::clamp<int64_t>(int64_t((v - low) / width), 0, kBins - 1))] += 1 / (double(values.size()) * width);
  image::Series series{.name = std::move(name), .points = {{low, 0}}};
  for (int64_t i = 0; i < kBins; ++i) {
    series.points.emplace_back(low + double(i) * width, parts[size_t(i)]);
    series.points.emplace_back(low + double(i + 1) * width, parts[size_t(i)]);
  }
  series.points.emplace_back(high, 0);
  return series;
}

std::string sheet_format(const io::Sink& sink) {
  const std::optional<std::string> format = image::image_format_of(sink.path);
  if (!format)
    fail(ErrorKind::usage, "expected a sheet's name ending in .png, .jpg, .webp, .tiff or .ppm, got '{}'", sink.path);
  return *format;
}

image::Bitmap image_of(const Set& set, int64_t i) {
  const Shape& shape = set.rows.shape();
  std::vector<float> row(size_t(element_count(shape)));
  set.rows.read(set.number(i), row);
  return image::from_planes(row, shape[0], shape[1], shape[2]);
}

}  // namespace

void PictureOptions::fields(Fields& v) {
  v.opt("--neighbours", neighbours, "sheet to write: samples, each with its nearest real images");
  v.opt("--shown", shown, "samples on that sheet", between(1, 1000));
  sheet.cell_fields(v);
  v.opt("--plot", plot, "SVG or PNG to write: both sets along the direction that tells them apart best");
}

void PictureOptions::check() const {
  if (neighbours) sheet_format(neighbours);
  if (plot) image::check_plot_name(plot.path);
}

Nearest nearest_in_set(const Rows& queries, const Set& set, int64_t k, int64_t threads, const Progress& progress) {
  require(k >= 1 && k <= set.count(), "neighbours: there are no {} among {} rows", k, set.count());
  std::vector<std::vector<std::pair<double, int64_t>>> best(size_t(queries.count()));
  for_blocks(set, threads, progress, [&](int64_t first, const Rows& block) {
    const Nearest found = nearest(queries, block, std::min(k, block.count()), threads);
    for (size_t q = 0; q < best.size(); ++q) {
      for (int64_t j = 0; j < found.k; ++j) {
        const size_t at = q * size_t(found.k) + size_t(j);
        best[q].emplace_back(found.distances[at], first + found.numbers[at]);
      }
      std::ranges::sort(best[q]);
      if (int64_t(best[q].size()) > k) best[q].resize(size_t(k));
    }
  });
  Nearest all{.k = k, .distances = {}, .numbers = {}};
  for (const auto& row : best)
    for (const auto& [distance, number] : row) {
      all.distances.push_back(distance);
      all.numbers.push_back(number);
    }
  return all;
}

image::Bitmap neighbour_sheet(const Set& reference, const Set& samples, int64_t count, int64_t k,
                              image::SheetOptions options, int64_t threads, const Progress& progress) {
  const Shape& shape = samples.rows.shape();
  require(shape.size() == 3, "{}: holds vectors of {} values, no images for a sheet", samples.rows.name(),
          shape_text(shape));
  count = std::min(count, samples.count());
  options.columns = k + 1;
  std::vector<int64_t> first(static_cast<size_t>(count));
  std::iota(first.begin(), first.end(), int64_t{0});
  const Nearest found = nearest_in_set(read_rows(samples, first, threads, {}), reference, k, threads, progress);
  image::Sheet sheet(options, count * (k + 1), shape[0], shape[1], shape[2], true);
  for (int64_t q = 0; q < count; ++q) {
    sheet.place(q * (k + 1), image_of(samples, q), fmt::format("#{}", samples.number(q)));
    for (int64_t j = 0; j < k; ++j) {
      const auto at = size_t(q * k + j);
      sheet.place(q * (k + 1) + 1 + j, image_of(reference, found.numbers[at]),
                  fmt::format("{:.3g}", found.distances[at]));
    }
  }
  return sheet.bitmap();
}

void write_sheet(const io::Sink& sink, io::Existing existing, const image::Bitmap& sheet, const io::History& history) {
  const std::string format = sheet_format(sink);
  image::TextChunks text;
  if (format == "png") io::write_history(history, text);
  io::Output output = io::Output::open(sink, existing);
  output.write(image::encode(sheet, format, text));
  output.finish();
}

std::vector<image::Series> projected_densities(const Held& held, const ComparisonOptions& options) {
  check_pair(held.reference, held.samples, 2, "plot");
  const int64_t threads = thread_count(options.threads);
  const std::vector<double> directions = random_directions(options.directions, held.reference.dimension, options.seed);
  const Projections a(held.reference, directions, threads), b(held.samples, directions, threads);
  const std::vector<double> squares = sliced_wasserstein(a, b, threads).squares;
  const int64_t best = std::ranges::max_element(squares) - squares.begin();
  const std::span<const double> real = a.along(best), drawn = b.along(best);
  const double low = std::min(real.front(), drawn.front()), high = std::max(real.back(), drawn.back());
  if (low == high) return {};
  return {steps_of("reference", real, low, high), steps_of("samples", drawn, low, high)};
}

void plot_densities(const io::Sink& sink, const Held& held, const ComparisonOptions& options, const Remark& remark) {
  image::plot(
      sink.path,
      {.title = "along the direction that tells them apart best", .x_label = "projection", .y_label = "density"},
      projected_densities(held, options), remark);
}

}  // namespace athanor::similarity
