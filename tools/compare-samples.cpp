// compare-samples: say how alike two sets of images or vectors are.
#include "cli/table.h"
#include "cli/tool.h"
#include "core/parallel.h"
#include "similarity/limits.h"
#include "similarity/pictures.h"
#include "similarity/reference.h"
#include "similarity/report.h"

namespace athanor {
namespace {

struct Args {
  io::Source reference, samples;
  io::Sink moments;
  int64_t limit = 0;
  bool json = false;
  similarity::Limits limits;
  similarity::ComparisonOptions comparison;
  similarity::FeatureOptions features;
  similarity::PictureOptions pictures;
  data::DatasetOptions data;
  void fields(Fields& v) {
    v.required("REFERENCE", reference,
               "real images or vectors: a folder, tar, tensors of any format; or moments, for frechet alone");
    v.required("SAMPLES", samples, "what is compared with them, of the same shape");
    v.opt("--limit", limit, "rows of each set, chosen by the seed; 0: all", at_least(0));
    v.opt("--json", json, "print one JSON object");
    limits.fields(v);
    v.opt("--moments", moments, "write mean and covariance of REFERENCE's features, to be given as REFERENCE");
    v.group("Measures", comparison);
    v.group("Features", features);
    v.group("Pictures", pictures);
    v.group("Data", data);
  }
};

const cli::Spec spec{
    .name = "compare-samples",
    .synopsis = "say how alike two sets of images or vectors are",
    .description =
        "Compares samples with real rows and prints a table: each measure with its standard error, its floor (what "
        "real rows get in the place of the samples), the numbers of rows and the features that it is taken of. The "
        "Fréchet distance looks at all rows, in memory that does not grow with them, and its values compare only at "
        "equal "
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

void check(const Args& args) {
  const bool agreement = args.comparison.wants("agreement");
  if (agreement && !args.features.classifier) fail(ErrorKind::usage, "agreement needs --classifier");
  if (args.features.classifier && !agreement && args.features.kind != "classifier")
    fail(ErrorKind::usage, "--classifier is for --features classifier and for --measures agreement");
  args.features.check();
  args.limits.check(args.comparison.figures());
  args.pictures.check();
  if (args.moments) similarity::check_moments_name(args.moments);
}

void print(const std::vector<similarity::Figure>& figures, const Args& args, cli::Context& context) {
  context.print(args.json ? nlohmann::ordered_json{{"figures", similarity::to_json(figures)}}.dump() + "\n"
                          : cli::table(similarity::cells(figures, args.comparison.resamples > 0)));
  if (!args.limits.hold(figures)) context.verdict_no();
}

void compare_with_moments(io::TensorReader& file, const similarity::Set& samples, const Args& args,
                          cli::Context& context) {
  require(args.comparison.measures == std::vector<std::string>{"frechet"} && !args.moments &&
              !args.pictures.neighbours && !args.pictures.plot,
          "{}: holds moments, from which the Fréchet distance alone is known: give --measures frechet", file.name());
  require(!args.data.labels, "{}: holds moments, and no rows that --labels could belong to", file.name());
  const similarity::Moments moments =
      similarity::read_moments(file, samples.features.name(), samples.features.dimension());
  print({similarity::frechet_figure(moments, samples, args.comparison, context.progress(samples.count(), "rows"))},
        args, context);
}

/// The history of what shows both sets.
io::History history_of_both(const data::Dataset& a, const data::Dataset& b, const cli::Context& context) {
  io::History lines = a.history();
  std::vector<io::InputRecord> records = a.records();
  lines.insert(lines.end(), b.history().begin(), b.history().end());
  records.insert(records.end(), b.records().begin(), b.records().end());
  return context.history(lines, records);
}

/// The files that are asked for beside the table.
void write_files(const similarity::Compared& found, const similarity::Set& reference, const similarity::Set& samples,
                 const Args& args, cli::Context& context) {
  const similarity::PictureOptions& pictures = args.pictures;
  if (args.moments)
    similarity::write_moments(args.moments, context.existing(), *found.moments, reference.features.name(),
                              context.history(reference.rows.history(), reference.rows.records()));
  if (pictures.neighbours)
    similarity::write_sheet(
        pictures.neighbours, context.existing(),
        similarity::neighbour_sheet(reference, samples, pictures.shown, args.comparison.k, pictures.sheet,
                                    thread_count(args.comparison.threads), context.progress(reference.count(), "rows")),
        history_of_both(reference.rows, samples.rows, context));
  if (pictures.plot)
    similarity::plot_densities(pictures.plot, found.held ? *found.held : hold(reference, samples, args.comparison),
                               args.comparison, context.remark());
}

void compare_with_rows(const data::Dataset& rows, const similarity::Set& samples, const Args& args,
                       cli::Context& context) {
  similarity::ComparisonOptions options = args.comparison;
  options.moments = bool(args.moments);
  const similarity::Set reference =
      limited(rows, samples.features, args.limit, options.seed, similarity::Choice::reference_limit);
  const auto logits =
      options.wants("agreement") ? similarity::make_logits(args.features, rows.shape(), options.threads) : nullptr;
  const similarity::Compared found = similarity::compare(reference, samples, options, logits.get(),
                                                         context.progress(reference.count() + samples.count(), "rows"));
  print(found.figures, args, context);
  write_files(found, reference, samples, args, context);
}

void run(const Args& args, cli::Context& context) {
  check(args);
  auto reference = similarity::open_reference(args.reference, args.data, context.remark());
  data::DatasetOptions options = args.data;
  options.labels = {};
  const auto dataset = data::open_dataset(args.samples, options, context.remark());
  const auto features = similarity::make_features(args.features, dataset->shape(), args.comparison.threads);
  const similarity::Set samples =
      limited(*dataset, *features, args.limit, args.comparison.seed, similarity::Choice::sample_limit);
  if (reference.rows) return compare_with_rows(*reference.rows, samples, args, context);
  compare_with_moments(*reference.moments, samples, args, context);
}

}  // namespace
}  // namespace athanor

int main(int argc, char** argv) {
  return athanor::cli::run_tool<athanor::Args>(argc, argv, athanor::spec, athanor::run);
}
