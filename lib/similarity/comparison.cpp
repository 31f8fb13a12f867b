#include "similarity/comparison.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include "core/parallel.h"
#include "similarity/classifier.h"
#include "similarity/kernel_mmd.h"
#include "similarity/neighbours.h"
#include "similarity/sliced_wasserstein.h"

namespace athanor::similarity {
namespace {

/// Numbers of resampled sets, part of every result; 0 and 1 are those of the Fréchet distance.
enum ResamplingSet : uint32_t {
  sliced_reference = 2,
  sliced_samples,
  of_precision,
  of_recall,
  of_density,
  of_coverage
};

/// An interval by the standard error: measures whose error is a jackknife's already.
Confidence normal_confidence(double value, double error) {
  constexpr double z = 1.959963984540054;
  return {.error = error, .low = value - z * error, .high = value + z * error};
}

class RowsComparison {
 public:
  RowsComparison(const Held& held, const ComparisonOptions& options)
      : real_(held.reference), samples_(held.samples), options_(options), threads_(thread_count(options.threads)) {}

  std::vector<Figure> figures() {
    if (options_.wants("sliced-wasserstein")) sliced();
    if (options_.wants("mmd"))
      kernel("mmd", gaussian_mmd(real_, samples_, median_distance(real_, samples_, threads_), threads_));
    if (options_.wants("kid")) kernel("kid", polynomial_mmd(real_, samples_, threads_));
    if (options_.wants("kid-subsets")) subsets();
    if (options_.wants("neighbours")) neighbours();
    return std::move(figures_);
  }

 private:
  Figure& add(std::string measure, double value) {
    Figure& figure = figures_.emplace_back();
    figure.measure = std::move(measure);
    figure.value = value;
    figure.reference = real_.count();
    figure.samples = samples_.count();
    return figure;
  }

  void sliced() {
    check_pair(real_, samples_, 1, "sliced-wasserstein");
    const std::vector<double> directions = random_directions(options_.directions, real_.dimension, options_.seed);
    const Projections a(real_, directions, threads_), b(samples_, directions, threads_);
    const SlicedDistance distance = sliced_wasserstein(a, b, threads_);
    Figure& figure = add("sliced-wasserstein", distance.value);
    figure.error = distance.error;
    if (options_.resamples == 0) return;
    std::vector<double> values;
    for (int64_t r = 0; r < options_.resamples; ++r) {
      const auto times = [&](const Rows& rows, uint32_t set) {
        return draw_with_replacement(rows.count(), options_.seed, set, uint64_t(r));
      };
      values.push_back(
          sliced_wasserstein(a, b, threads_, times(real_, sliced_reference), times(samples_, sliced_samples)).value);
    }
    figure.confidence = confidence_of(distance.value, std::move(values));
  }

  void kernel(std::string measure, const Mmd& mmd) {
    Figure& figure = add(std::move(measure), mmd.value);
    figure.error = mmd.error;
    if (options_.resamples > 0) figure.confidence = normal_confidence(mmd.value, mmd.error);
  }

  void subsets() {
    const SubsetMmd found =
        subset_mmd(real_, samples_, options_.kid_subsets, options_.kid_size, options_.seed, threads_);
    add("kid-subsets", found.mean).error = found.deviation;
  }

  void neighbours() {
    const Alikeness found = alikeness(real_, samples_, options_.k, threads_);
    mean("precision", found.precision, of_precision);
    mean("recall", found.recall, of_recall);
    mean("density", found.density, of_density);
    mean("coverage", found.coverage, of_coverage);
  }
  /// Of numbers of rows, whose neighbourhoods are taken for given.
  void mean(std::string measure, std::span<const double> each, uint32_t set) {
    const auto n = double(each.size());
    const double mean = std::accumulate(each.begin(), each.end(), 0.0) / n;
    double squares = 0;
    for (const double v : each) squares += (v - mean) * (v - mean);
    Figure& figure = add(std::move(measure), mean);
    figure.error = std::sqrt(squares / (n - 1) / n);
    if (options_.resamples > 0) figure.confidence = confidence_of_mean(each, options_.resamples, options_.seed, set);
  }

  const Rows& real_;
  const Rows& samples_;
  const ComparisonOptions& options_;
  int64_t threads_;
  std::vector<Figure> figures_;
};

FrechetOptions frechet_options(const ComparisonOptions& options) {
  return {.resamples = options.resamples,
          .seed = options.seed,
          .threads = thread_count(options.threads),
          .moments = options.moments};
}

Figure figure_of(const FrechetEstimate& estimate, int64_t reference, const Set& samples) {
  Figure figure{.measure = "frechet",
                .value = estimate.value,
                .error = {},
                .confidence = estimate.confidence,
                .floor = estimate.floor,
                .reference = reference,
                .samples = samples.count(),
                .features = samples.features.name()};
  if (estimate.confidence) figure.error = estimate.confidence->error;
  return figure;
}

/// Class agreement of the samples, its floor the reference's where that is labelled; both are seen as logits.
Figure agreement_figure(const Set& reference, const Set& samples, const ComparisonOptions& options,
                        const Progress& progress) {
  const int64_t threads = thread_count(options.threads);
  const Agreement found = agreement_of(samples, threads, progress);
  Figure figure{.measure = "agreement", .value = found.share, .error = found.error};
  if (options.resamples > 0) figure.confidence = normal_confidence(found.share, found.error);
  if (reference.rows.labelled()) {
    const Agreement real = agreement_of(reference, threads, progress);
    figure.floor = Floor{.value = real.share, .reference = 0, .samples = real.count};
  }
  figure.samples = found.count;
  figure.features = samples.features.name();
  return figure;
}

Set seen_by(const Features& features, const Set& set) {
  return {.rows = set.rows, .features = features, .chosen = set.chosen};
}

int64_t rows_held(const Set& set, const ComparisonOptions& options) {
  return options.subset == 0 ? set.count() : std::min(options.subset, set.count());
}

}  // namespace

void ComparisonOptions::fields(Fields& v) {
  v.opt("--measures", measures, "what is measured, with commas between",
        one_of({"frechet", "sliced-wasserstein", "mmd", "kid", "kid-subsets", "neighbours", "agreement"}));
  v.opt("--subset", subset, "rows of each set, chosen by the seed, that all measures but frechet look at; 0: all",
        between(0, 1e9));
  v.opt("--directions", directions, "random directions of sliced-wasserstein", between(2, 1e6));
  v.opt("-k", k, "neighbours of a row: of precision, recall, density and coverage, and on the sheet", between(1, 1000));
  v.opt("--kid-subsets", kid_subsets, "pairs of subsets of kid-subsets", between(2, 1e6));
  v.opt("--kid-size", kid_size, "rows of each of them", between(3, 1e6));
  v.opt("--bootstrap", resamples, "resampled sets for 95 % intervals; 0: none",
        {.text = "0 or at least 2", .holds = [](double n) { return n == 0 || n >= 2; }, .choices = {}});
  v.opt("--floor", floors, "print beside every measure what real rows get; beside frechet it always stands");
  v.opt("--seed", seed, "decides directions, subsets, floors and resampling");
  v.opt("--threads", threads, "threads; 0: as many as there are processors", between(0, 4096));
}

bool ComparisonOptions::wants(std::string_view measure) const {
  return std::ranges::find(measures, measure) != measures.end();
}

bool ComparisonOptions::looks_at_rows() const {
  return std::ranges::any_of(measures, [](const std::string& m) { return m != "frechet" && m != "agreement"; });
}

int64_t ComparisonOptions::least_rows() const {
  int64_t least = 1;
  if (wants("mmd") || wants("kid")) least = 3;
  if (wants("kid-subsets")) least = std::max(least, kid_size);
  if (wants("neighbours")) least = std::max(least, k + 1);
  return least;
}

std::vector<std::string> ComparisonOptions::figures() const {
  std::vector<std::string> names;
  for (const std::string& measure : measures) {
    if (measure == "neighbours")
      names.insert(names.end(), {"precision", "recall", "density", "coverage"});
    else
      names.push_back(measure);
  }
  return names;
}

Held hold(const Set& reference, const Set& samples, const ComparisonOptions& options) {
  const int64_t threads = thread_count(options.threads);
  const auto rows = [&](const Set& set, Choice choice) {
    return read_rows(set, choose(set.count(), rows_held(set, options), options.seed, choice), threads, {});
  };
  return {.reference = rows(reference, Choice::reference), .samples = rows(samples, Choice::samples)};
}

std::vector<Figure> compare_rows(const Held& held, const ComparisonOptions& options) {
  return RowsComparison(held, options).figures();
}

std::vector<Figure> compare_held(const Held& held, const Set& reference, const ComparisonOptions& options) {
  std::vector<Figure> figures = compare_rows(held, options);
  for (Figure& figure : figures) figure.features = reference.features.name();
  // Samples' places are taken by other real rows; where there are not enough, the real rows are halved.
  const int64_t all = reference.count(), wanted = held.samples.count();
  const int64_t part = std::min(wanted, all / 2), rest = std::min(held.reference.count(), all - part);
  if (!options.floors || part < options.least_rows()) return figures;
  ComparisonOptions plain = options;
  plain.resamples = 0;
  const auto rows = [&](int64_t count, int64_t skip) {
    return read_rows(reference, choose(all, count, options.seed, Choice::reference, skip),
                     thread_count(options.threads), {});
  };
  const std::vector<Figure> floors = compare_rows({.reference = rows(rest, 0), .samples = rows(part, rest)}, plain);
  for (size_t i = 0; i < figures.size(); ++i)
    figures[i].floor = Floor{.value = floors[i].value, .reference = rest, .samples = part};
  return figures;
}

Figure frechet_figure(const Moments& reference, const Set& samples, const ComparisonOptions& options,
                      const Progress& progress) {
  return figure_of(estimate_frechet(reference, samples, frechet_options(options), progress), reference.count, samples);
}

Compared compare(const Set& reference, const Set& samples, const ComparisonOptions& options, const Features* logits,
                 const Progress& progress) {
  require(reference.rows.shape() == samples.rows.shape(), "rows of {} are {}, but those of {} are {}",
          samples.rows.name(), shape_text(samples.rows.shape()), reference.rows.name(),
          shape_text(reference.rows.shape()));
  Compared found;
  // First, since it may turn out that there are no labels.
  if (options.wants("agreement")) {
    require(logits != nullptr, "agreement: no classifier is given");
    found.figures.push_back(
        agreement_figure(seen_by(*logits, reference), seen_by(*logits, samples), options, progress));
  }
  if (options.wants("frechet")) {
    FrechetEstimate estimate = estimate_frechet(reference, samples, frechet_options(options), progress);
    found.figures.push_back(figure_of(estimate, reference.count(), samples));
    found.moments = std::move(estimate.reference);
  }
  if (options.moments && !found.moments) found.moments = moments_of(reference, thread_count(options.threads), progress);
  if (options.looks_at_rows()) {
    found.held = hold(reference, samples, options);
    std::ranges::move(compare_held(*found.held, reference, options), std::back_inserter(found.figures));
  }
  const std::vector<std::string> names = options.figures();
  std::ranges::sort(found.figures, {}, [&](const Figure& f) { return std::ranges::find(names, f.measure); });
  return found;
}

}  // namespace athanor::similarity
