// cosine-check: compare local cosines of two checkpoints with the global one.
#include <nlohmann/json.hpp>

#include "cli/table.h"
#include "cli/tool.h"
#include "cosine/picture.h"
#include "cosine/report.h"
#include "image/plot.h"

namespace athanor {
namespace {

struct Args {
  io::Source a, b, base, update;
  cosine::Options options;
  std::string order = "deficit";
  int64_t most = 10;
  bool json = false;
  io::Sink csv, plot;
  std::optional<double> fail_below;
  cosine::Level level;
  void fields(Fields& v) {
    v.required("A", a, "tensor file, folder of shards, or '-'");
    v.arg("B", b, "what it is compared with; when not given, A holds two tensors and these are compared");
    v.opt("--group", options.grouping,
          "what is local: tensor, row (one index of the first axis), element, block:N (N elements in a row), layer "
          "(by "
          "the last number in the name) or regex:RE (by what it finds)");
    v.opt("--base", base, "compare A - BASE with B - BASE: what two trainings did");
    v.opt("--update", update, "compare B - A with this gradient: the product is the change of the loss to expect");
    v.opt("--sort", order,
          "what stands first: deficit (what a group takes from the global cosine), cosine (the lowest), or ratio (the "
          "norms' ratio that differs most from the whole's)",
          one_of({"deficit", "cosine", "ratio"}));
    v.opt("--top", most, "groups in the table; 0: all", at_least(0));
    v.opt("--integers", options.integers, "compare whole numbers too");
    v.opt("--json", json, "print one JSON object, in which infinities and NaN are null");
    v.opt("--csv", csv, "write a line for every group (none for elements)");
    v.opt("--plot", plot,
          "SVG or PNG to write: a histogram of the local cosines, and norms beside cosines (not of elements)");
    v.opt("--fail-below", fail_below, "exit code 1 when the cosine of --level is smaller", between(-1, 1));
    v.opt("--level", level, "which that is: global, min (the least local one) or pNN (their NN % quantile)");
    v.opt("--threads", options.threads, "threads; 0: as many as there are processors", between(0, 4096));
    v.group("Tensors", options.selection);
  }
};

const cli::Spec spec{
    .name = "cosine-check",
    .synopsis = "compare local cosines of two checkpoints with the global one",
    .description =
        "Takes the cosine of two checkpoints as one vector each, and of every group of their elements, and says why "
        "they differ: C = W * c, where W is how much the groups' norms are alike, and c how much their directions are. "
        "All local cosines may be large and the global one small, when the norm lies in other groups on each side; "
        "Cassels' inequality says how small, and the groups that cause it are named. Both files are read once, in "
        "constant memory, and summed in float64.",
    .examples = {{"cosine-check model.safetensors model.safetensors", "tensor by tensor"},
                 {"cosine-check model.safetensors model.safetensors --group row --sort ratio --top 5",
                  "the rows whose norms changed most"}},
    .references = {"Su: Why is the global cosine similarity small although the local ones are large? (kexue.fm 9931)",
                   "Pólya, Szegő: Aufgaben und Lehrsätze aus der Analysis (1925), for Cassels' bound"},
    .see_also = {"tensor-diff", "tensor-info"},
    .verdict = "the cosine of --level is below --fail-below"};

void run(const Args& args, cli::Context& context) {
  if (args.base && args.update) fail(ErrorKind::usage, "--base and --update say each what is compared: give one");
  if (!args.b && (args.base || args.update)) fail(ErrorKind::usage, "--base and --update need two files");
  if (args.plot) image::check_plot_name(args.plot.path);
  io::TensorReader a = io::TensorReader::open(args.a);
  std::optional<io::TensorReader> b, third;
  if (args.b) b = io::TensorReader::open(args.b);
  if (args.base || args.update) third = io::TensorReader::open(args.base ? args.base : args.update);
  std::optional<io::Output> csv;
  if (args.csv) csv = io::Output::open(args.csv, context.existing());
  if (csv) csv->write(cosine::csv_heading());

  cosine::Points points;
  cosine::Ranking ranking(args.order, size_t(args.most));
  cosine::Agreement found = cosine::compare(
      {.a = a, .b = b ? *b : a, .base = args.base ? &*third : nullptr, .update = args.update ? &*third : nullptr},
      args.options,
      [&](const cosine::GroupName& name, const array::Products& group) {
        ranking.add(name, group);
        points.add(group);
        if (csv) csv->write(cosine::csv_line(name, group));
      },
      context.progress(int64_t(a.layout().payload_bytes()), "bytes"));
  if (csv) csv->finish();
  if (args.plot) cosine::draw(args.plot.path, found.cosines, points, context.remark());

  const cosine::Figures figures = figures_of(found, args.options.grouping);
  const std::vector<cosine::Ranked> groups = ranking.sorted(found.whole.norm_y() / found.whole.norm_x());
  const bool update = bool(args.update);
  if (args.json)
    context.print(
        to_json(figures, groups, update).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  else
    context.print(cli::table(summary(figures, update)) +
                  (groups.empty() ? "" : "\n" + cli::table(cells(groups, figures, update))));
  if (args.fail_below && !(cosine_at(args.level, found, args.options.grouping) >= *args.fail_below))
    context.verdict_no();
}

}  // namespace
}  // namespace athanor

int main(int argc, char** argv) {
  return athanor::cli::run_tool<athanor::Args>(argc, argv, athanor::spec, athanor::run);
}
