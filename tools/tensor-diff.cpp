// tensor-diff: say by how much two files of tensors differ.
#include <nlohmann/json.hpp>

#include "checkpoint/comparison.h"
#include "cli/tool.h"

namespace athanor {
namespace {

using nlohmann::ordered_json;

struct Args {
  io::Source a, b;
  array::Tolerance tolerance;
  checkpoint::Selection selection;
  bool types = false, all = false, json = false;
  void fields(Fields& v) {
    v.required("A", a, "tensor file, folder of shards, or '-'");
    v.required("B", b, "what it is compared with");
    v.opt("--abs", tolerance.absolute, "largest difference that passes", at_least(0));
    v.opt("--rel", tolerance.relative, "the same as a part of B's value; an element passes when |A-B| <= ABS + REL |B|",
          at_least(0));
    v.opt("--types", types, "element types must be equal too");
    v.opt("--all", all, "list also the tensors that are equal");
    v.opt("--json", json, "print one JSON object, in which infinities and NaN are null");
    v.group("Tensors", selection);
  }
};

const cli::Spec spec{
    .name = "tensor-diff",
    .synopsis = "say by how much two files of tensors differ",
    .description =
        "Compares the tensors of two files by name, whatever their formats and element types, and says for each that "
        "differs how many elements do, which one most and where, the root mean square of the differences beside that "
        "of "
        "B, and how many units in the last place they lie apart. NaN equals NaN and -0 equals 0. Without --abs and "
        "--rel "
        "only equal numbers pass.",
    .examples = {{"tensor-diff model.safetensors model.safetensors", "whether two checkpoints hold the same numbers"},
                 {"tensor-convert model.safetensors --cast bfloat16 | tensor-diff --rel 0.004 model.safetensors -",
                  "what a shorter type costs"}},
    .references = {},
    .see_also = {"tensor-info", "tensor-convert"},
    .verdict = "the files differ by more than --abs and --rel allow, or in their names, shapes or (--types) types"};

/// Labels of the histogram's bins: "0", "1", "2", "3-4", "5-8" …
std::string bin_name(size_t bin) {
  if (bin < 3) return to_text(int64_t(bin));
  return fmt::format("{}-{}", (uint64_t{1} << (bin - 2)) + 1, bin == 65 ? "2^64" : to_text(uint64_t{1} << (bin - 1)));
}

std::string at(const array::Largest& largest, const checkpoint::Compared& c) {
  return checkpoint::place_text(largest.index, c.a.shape);
}

std::string as_text(const checkpoint::Compared& c) {
  const array::Difference& d = c.difference;
  std::string text = io::printable(c.name) + ": ";
  if (!c.same_shape()) return text + fmt::format("{} against {}\n", shape_text(c.a.shape), shape_text(c.b.shape));
  if (c.a.dtype != c.b.dtype) text += fmt::format("{} against {}; ", to_text(c.a.dtype), to_text(c.b.dtype));
  if (d.different == 0) return text + "equal\n";
  text += fmt::format("{} of {} differ, {} beyond the tolerance", d.different, d.count, d.beyond);
  if (d.unordered > 0) text += fmt::format(", {} NaN on one side", d.unordered);
  text += '\n';
  if (d.absolute.value > 0) {
    text += fmt::format("  worst {:.6g} at {}: {} against {}", d.absolute.value, at(d.absolute, c), d.absolute.a,
                        d.absolute.b);
    if (d.relative.value > 0) text += fmt::format("; relative {:.3g} at {}", d.relative.value, at(d.relative, c));
    text += fmt::format("; relative RMS {:.3g}\n", d.relative_rms());
  }
  std::string bins;
  for (size_t i = 1; i < d.ulps.size(); ++i)
    if (d.ulps[i] > 0) bins += fmt::format("  {}: {}", bin_name(i), d.ulps[i]);
  return bins.empty() ? text : text + "  units in the last place" + bins + "\n";
}

ordered_json as_json(const checkpoint::Compared& c) {
  const array::Difference& d = c.difference;
  ordered_json out{
      {"name", c.name}, {"shapes", {c.a.shape, c.b.shape}}, {"dtypes", {to_text(c.a.dtype), to_text(c.b.dtype)}}};
  if (!c.same_shape()) return out;
  out.update({{"count", d.count}, {"different", d.different}, {"beyond", d.beyond}, {"nan_on_one_side", d.unordered}});
  for (const auto& [name, largest] : {std::pair{"absolute", d.absolute}, {"relative", d.relative}}) {
    out[name] = {{"largest", largest.value}};
    if (largest.value > 0) out[name].update({{"element", largest.index}, {"a", largest.a}, {"b", largest.b}});
  }
  out["relative_rms"] = d.relative_rms();
  out["ulps"] = ordered_json::object();
  for (size_t i = 0; i < d.ulps.size(); ++i)
    if (d.ulps[i] > 0) out["ulps"][bin_name(i)] = d.ulps[i];
  return out;
}

void print(const checkpoint::Comparison& comparison, const Args& args, cli::Context& context) {
  const auto names = [](const std::vector<io::TensorInfo>& tensors) {
    std::vector<std::string> found;
    for (const io::TensorInfo& tensor : tensors) found.push_back(tensor.name);
    return found;
  };
  if (args.json) {
    ordered_json out{{"equal", comparison.equal(args.types)},
                     {"only_a", names(comparison.only_a)},
                     {"only_b", names(comparison.only_b)},
                     {"tensors", ordered_json::array()}};
    for (const checkpoint::Compared& c : comparison.tensors) out["tensors"].push_back(as_json(c));
    return context.print(out.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n");
  }
  for (const std::string& name : names(comparison.only_a)) context.print("only in A: " + io::printable(name) + "\n");
  for (const std::string& name : names(comparison.only_b)) context.print("only in B: " + io::printable(name) + "\n");
  for (const checkpoint::Compared& c : comparison.tensors)
    if (args.all || !c.same_shape() || c.difference.different > 0 || c.a.dtype != c.b.dtype) context.print(as_text(c));
}

void run(const Args& args, cli::Context& context) {
  io::TensorReader a = io::TensorReader::open(args.a), b = io::TensorReader::open(args.b);
  const Progress progress = context.progress(int64_t(a.layout().payload_bytes()), "bytes");
  const checkpoint::Comparison comparison = checkpoint::compare(a, b, args.selection, args.tolerance, progress);
  print(comparison, args, context);
  if (!comparison.equal(args.types)) context.verdict_no();
}

}  // namespace
}  // namespace athanor

int main(int argc, char** argv) {
  return athanor::cli::run_tool<athanor::Args>(argc, argv, athanor::spec, athanor::run);
}
