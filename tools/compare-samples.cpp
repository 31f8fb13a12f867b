// compare-samples: say how alike two sets of images or vectors are.
#include <algorithm>

#include "cli/table.h"
#include "cli/tool.h"
#include "core/parallel.h"
#include "similarity/classifier.h"
#include "similarity/pictures.h"
#include "similarity/reference.h"

namespace athanor {
namespace {

/// "frechet=12.5", of --fail-above and --fail-below.
struct Limit {
  std::string measure;
  double value = 0;
};
void from_text(std::string_view text, Limit& limit) {
  const std::vector<std::string> parts = split(text, '=');
  if (parts.size() != 2) fail(ErrorKind::usage, "expected MEASURE=VALUE, got '{}'", text);
  limit.measure = parts[0];
  athanor::from_text(parts[1], limit.value);
}
std::string to_text(const Limit& limit) { return limit.measure + "=" + athanor::to_text(limit.value); }
std::string metavar(const Limit&) { return "MEASURE=VALUE"; }

struct Args {
  io::Source reference, samples;
  io::Sink moments, neighbours, plot;
  int64_t limit = 0, shown = 10;
  bool json = false;
  std::vector<Limit> above, below;
  similarity::ComparisonOptions comparison;
  similarity::FeatureOptions features;
  image::SheetOptions sheet;
  data::DatasetOptions data;
  void fields(Fields& v) {
    v.required("REFERENCE", reference,
               "real images or vectors: a folder, tar, tensors of any format; or moments, for frechet alone");
    v.required("SAMPLES", samples, "what is compared with them, of the same shape");
    v.opt("--limit", limit, "rows of each set, chosen by the seed; 0: all", at_least(0));
    v.opt("--json", json, "print one JSON object");
    v.many("--fail-above", above, "exit code 1 when this figure is larger");
    v.many("--fail-below", below, "exit code 1 when this figure is smaller");
    v.opt("--moments", moments, "write mean and covariance of REFERENCE's features, to be given as REFERENCE");
    v.opt("--neighbours", neighbours, "sheet to write: samples, each with its nearest real images");
    v.opt("--shown", shown, "samples on that sheet", between(1, 1000));
    v.opt("--plot", plot, "SVG or PNG to write: both sets along the direction that tells them apart best");
    v.group("Measures", comparison);
    v.group("Features", features);
    v.group("Sheet", sheet);
    v.group("Data", data);
  }
};

const cli::Spec spec{
    .name = "compare-samples",
    .synopsis = "say how alike two sets of images or vectors are",
    .description =
        "Compares samples with real rows and prints a table: each measure with its standard error, its floor (what "
        "real "
        "rows get in the place of the samples), the numbers of rows and the features that it is taken of. The Fréchet "
        "distance looks at all rows, in memory that does not grow with them, and its values compare only at equal "
        "numbers of rows and equal features; the other measures look at --subset rows of each set. --bootstrap adds 95 "
        "% intervals.",
    .examples =
        {{"compare-samples images.npy images.safetensors --measures frechet,sliced-wasserstein --features random",
          "two measures on random features"},
         {"compare-samples points.npy points.npy --bootstrap 20 --floor --plot points.svg",
          "all measures with intervals and floors; the picture shows where the sets differ"},
         {"compare-samples photos/ images.npy -k 2 --neighbours copies.png --fail-below coverage=0.5 "
          "--downscale 2 --moments real.npz --measures frechet,neighbours",
          "whether half of the real images is covered; the nearest of each sample on a sheet; the real moments, kept"},
         {"compare-samples real.npz images.npy --downscale 2 --measures frechet --json",
          "the same real images by their moments"}},
    .references =
        {"Heusel et al.: GANs trained by a two time-scale update rule converge to a local Nash equilibrium (2017)",
         "Bonneel et al.: Sliced and Radon Wasserstein barycenters of measures (2015)",
         "Bińkowski et al.: Demystifying MMD GANs (2018)",
         "Kynkäänniemi et al.: Improved precision and recall metric for assessing generative models (2019)",
         "Naeem et al.: Reliable fidelity and diversity metrics for generative models (2020)"},
    .see_also = {"sample", "image-grid", "tensor-diff"},
    .verdict = "a figure is above its --fail-above or below its --fail-below"};

using Figures = std::vector<similarity::Figure>;

std::string number(std::optional<double> value) { return value ? fmt::format("{:.5g}", *value) : "-"; }
std::string rows(int64_t reference, int64_t samples) {
  return fmt::format("{} / {}", reference == 0 ? "?" : std::to_string(reference), samples);
}

std::string as_text(const Figures& figures, const Args& args) {
  std::vector<std::vector<std::string>> table{{"measure", ">value", ">error"}};
  const bool intervals = args.comparison.resamples > 0;
  if (intervals) table[0].insert(table[0].end(), {">from", ">to"});
  table[0].insert(table[0].end(), {">floor", ">its N", ">N real / samples", "features"});
  for (const similarity::Figure& f : figures) {
    std::vector<std::string>& line = table.emplace_back();
    line = {f.measure, number(f.value), number(f.error)};
    if (intervals)
      line.insert(line.end(),
                  {f.confidence ? number(f.confidence->low) : "-", f.confidence ? number(f.confidence->high) : "-"});
    line.insert(line.end(),
                {f.floor ? number(f.floor->value) : "-", f.floor ? rows(f.floor->reference, f.floor->samples) : "-",
                 rows(f.reference, f.samples), f.features});
  }
  return cli::table(table);
}

void check(const Args& args) {
  if (args.comparison.wants("agreement") && !args.features.classifier)
    fail(ErrorKind::usage, "agreement needs --classifier");
  const std::vector<std::string> names = args.comparison.figures();
  for (const auto* limits : {&args.above, &args.below})
    for (const Limit& limit : *limits)
      if (std::ranges::find(names, limit.measure) == names.end())
        fail(ErrorKind::usage, "there is no figure '{}' to judge by; --measures gives {}", limit.measure,
             fmt::join(names, ", "));
}

/// The set with what --limit leaves of it.
similarity::Set limited(const data::Dataset& rows, const similarity::Features& features, const Args& args,
                        similarity::Choice choice) {
  similarity::Set set{.rows = rows, .features = features};
  if (args.limit > 0 && args.limit < rows.size())
    set.chosen = similarity::choose(rows.size(), args.limit, args.comparison.seed, choice);
  return set;
}

Figures compare_with_moments(io::TensorReader& file, const similarity::Set& samples, const Args& args,
                             cli::Context& context) {
  require(args.comparison.measures == std::vector<std::string>{"frechet"} && !args.moments && !args.neighbours &&
              !args.plot,
          "{}: holds moments, from which the Fréchet distance alone is known: give --measures frechet", file.name());
  const similarity::Moments moments =
      similarity::read_moments(file, samples.features.name(), samples.features.dimension());
  return {similarity::frechet_figure(moments, samples, args.comparison, context.progress(samples.count(), "rows"))};
}

/// The files that are asked for beside the table.
void write_files(const similarity::Set& reference, const similarity::Set& samples, const Args& args,
                 cli::Context& context) {
  const similarity::ComparisonOptions& options = args.comparison;
  const int64_t threads = thread_count(options.threads);
  const io::History history = context.history(reference.rows.history(), reference.rows.records());
  const Progress progress = context.progress(reference.count(), "rows");
  if (args.moments)
    similarity::write_moments(args.moments, context.existing(), similarity::moments_of(reference, threads, progress),
                              reference.features.name(), history);
  if (args.neighbours)
    similarity::write_sheet(
        args.neighbours, context.existing(),
        similarity::neighbour_sheet(reference, samples, args.shown, options.k, args.sheet, threads, progress), history);
  if (args.plot)
    image::plot(
        args.plot.path,
        {.title = "along the direction that tells them apart best", .x_label = "projection", .y_label = "density"},
        similarity::projected_densities(similarity::hold(reference, samples, options), options), context.remark());
}

Figures compare_with_rows(const data::Dataset& rows, const similarity::Set& samples, const Args& args,
                          cli::Context& context) {
  require(rows.shape() == samples.rows.shape(), "rows of {} are {}, but those of {} are {}", samples.rows.name(),
          shape_text(samples.rows.shape()), rows.name(), shape_text(rows.shape()));
  const similarity::Set reference = limited(rows, samples.features, args, similarity::Choice::reference_limit);
  const Progress progress = context.progress(reference.count() + samples.count(), "rows");
  Figures figures = similarity::compare(reference, samples, args.comparison, progress);
  if (args.comparison.wants("agreement")) {
    const similarity::Classifier logits(args.features.classifier, rows.shape(), "");
    figures.push_back(similarity::agreement_figure({.rows = rows, .features = logits, .chosen = reference.chosen},
                                                   {.rows = samples.rows, .features = logits, .chosen = samples.chosen},
                                                   args.comparison, progress));
  }
  write_files(reference, samples, args, context);
  return figures;
}

/// Whether every figure keeps its limits.
bool good(const Figures& figures, const Args& args) {
  return std::ranges::all_of(figures, [&](const similarity::Figure& f) {
    const auto named = [&](const Limit& limit) { return limit.measure == f.measure; };
    return std::ranges::none_of(args.above, [&](const Limit& l) { return named(l) && !(f.value <= l.value); }) &&
           std::ranges::none_of(args.below, [&](const Limit& l) { return named(l) && !(f.value >= l.value); });
  });
}

void run(const Args& args, cli::Context& context) {
  check(args);
  auto reference = similarity::open_reference(args.reference, args.data, context.remark());
  data::DatasetOptions options = args.data;
  options.labels = {};
  const auto dataset = data::open_dataset(args.samples, options, context.remark());
  const auto features = similarity::make_features(args.features, dataset->shape(), args.comparison.threads);
  const similarity::Set samples = limited(*dataset, *features, args, similarity::Choice::sample_limit);
  const Figures figures = reference.rows ? compare_with_rows(*reference.rows, samples, args, context)
                                         : compare_with_moments(*reference.moments, samples, args, context);
  context.print(args.json ? nlohmann::ordered_json{{"figures", similarity::to_json(figures)}}.dump() + "\n"
                          : as_text(figures, args));
  if (!good(figures, args)) context.verdict_no();
}

}  // namespace
}  // namespace athanor

int main(int argc, char** argv) {
  return athanor::cli::run_tool<athanor::Args>(argc, argv, athanor::spec, athanor::run);
}
