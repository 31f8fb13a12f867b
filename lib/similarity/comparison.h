// Two sets compared by all measures that are asked for.
#pragma once

#include <optional>

#include "similarity/frechet_estimate.h"

namespace athanor::similarity {

struct ComparisonOptions {
  std::vector<std::string> measures{"frechet", "sliced-wasserstein", "kid", "neighbours"};
  int64_t subset = 10000;     ///< rows of each set that all measures but frechet look at; 0: all
  int64_t directions = 256;   ///< of sliced-wasserstein
  int64_t k = 5;              ///< neighbours
  int64_t kid_subsets = 100;  ///< of kid-subsets
  int64_t kid_size = 1000;    ///< rows of each
  int64_t resamples = 0;      ///< for confidence
  bool floors = false;        ///< of all measures; frechet always has its own
  uint64_t seed = 0;
  int64_t threads = 0;   ///< 0: one a processor
  bool moments = false;  ///< whether the reference's moments are wanted too
  void fields(Fields& v);
  bool wants(std::string_view measure) const;
  /// Whether any measure compares rows that are held, and how many such rows of each set the measures need at least.
  bool looks_at_rows() const;
  int64_t least_rows() const;
  /// Names of the figures that come of it: `neighbours` gives four.
  std::vector<std::string> figures() const;
};

/// A line of the table.
struct Figure {
  std::string measure;
  double value = 0;
  std::optional<double> error = {};           ///< standard error
  std::optional<Confidence> confidence = {};  ///< 95 % interval
  std::optional<Floor> floor = {};
  int64_t reference = 0, samples = 0;  ///< rows of each that it looks at; 0: none, or not known
  std::string features = {};
};

/// Rows of both sets that all measures but frechet look at: chosen by the seed.
struct Held {
  Rows reference, samples;
};
Held hold(const Set& reference, const Set& samples, const ComparisonOptions& options);

/// Figures of the measures that need the rows themselves. Throws Error{data}: too few rows for a measure, which it
/// names.
std::vector<Figure> compare_rows(const Held& held, const ComparisonOptions& options);
/// The same, with the floors if they are asked for and there are real rows enough.
std::vector<Figure> compare_held(const Held& held, const Set& reference, const ComparisonOptions& options);

/// The Fréchet distance as a line, of a reference that is known by its moments alone.
Figure frechet_figure(const Moments& reference, const Set& samples, const ComparisonOptions& options,
                      const Progress& progress);

/// What came of rows against rows.
struct Compared {
  std::vector<Figure> figures;     ///< in the order of ComparisonOptions::figures()
  std::optional<Moments> moments;  ///< the reference's, if they were asked for
  std::optional<Held> held;        ///< if a measure looked at them
};
/// All that is asked for; agreement by `logits`, a logit for each class, which may otherwise be null. Throws
/// Error{data}: rows of two shapes, too few rows, no labels for agreement.
Compared compare(const Set& reference, const Set& samples, const ComparisonOptions& options, const Features* logits,
                 const Progress& progress);

}  // namespace athanor::similarity
