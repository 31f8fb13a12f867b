// Two sets compared by all measures that are asked for.
#pragma once

#include <nlohmann/json.hpp>
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
  int64_t threads = 0;  ///< 0: one a processor
  void fields(Fields& v);
  bool wants(std::string_view measure) const;
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
  int64_t reference = 0, samples = 0;  ///< rows of each that it looks at; 0: not known
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

/// The Fréchet distance as a line; of a reference that is known by its moments alone.
Figure frechet_figure(const Set& reference, const Set& samples, const ComparisonOptions& options,
                      const Progress& progress);
Figure frechet_figure(const Moments& reference, const Set& samples, const ComparisonOptions& options,
                      const Progress& progress);

/// Class agreement of the samples as a line, its floor the reference's where that is labelled; both sets are seen as
/// logits.
Figure agreement_figure(const Set& reference, const Set& samples, const ComparisonOptions& options,
                        const Progress& progress);

/// Of rows against rows: all that is asked for but agreement, in the order of ComparisonOptions::figures().
std::vector<Figure> compare(const Set& reference, const Set& samples, const ComparisonOptions& options,
                            const Progress& progress);

/// As JSON: [{"measure":"frechet","value":12.5,"error":null,"floor":{…},…}]; what is not known is null.
nlohmann::ordered_json to_json(const std::vector<Figure>& figures);

}  // namespace athanor::similarity
