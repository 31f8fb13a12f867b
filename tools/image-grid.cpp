// image-grid: put many small images on one sheet.
#include <algorithm>

#include "cli/tool.h"
#include "data/dataset.h"
#include "image/sheet.h"

namespace athanor {
namespace {

struct Args {
  std::vector<io::Source> inputs{{"-"}};
  io::Sink out{"-"};
  int64_t count = 0, first = 0;
  bool no_labels = false;
  image::SheetOptions sheet;
  data::DatasetOptions data;
  void fields(Fields& v) {
    v.args("INPUT", inputs, "images, folders and tars of images, tensors of any format; all images of one shape");
    v.opt("-o,--output", out, "sheet to write: .png, .jpg, .webp, .tiff or .ppm; standard output gets PNG");
    v.opt("-n,--count", count, "images to show; 0: all", at_least(0));
    v.opt("--first", first, "images to pass over", at_least(0));
    v.opt("--no-labels", no_labels, "leave out the labels under the images");
    v.group("Sheet", sheet);
    v.group("Data", data);
  }
};

const cli::Spec spec{
    .name = "image-grid",
    .synopsis = "put many small images on one sheet",
    .description =
        "Draws images side by side, magnified by a whole number so that each is large enough to see, with "
        "their labels underneath where they have any. Several inputs follow one another on the sheet. "
        "Tensors hold images as float32 in [-1,1] or as bytes.",
    .examples = {{"image-grid --count 64 -o sheet.png images.npy", "the first 64 images of an array"},
                 {"image-grid --labels labels.gz --count 40 --columns 10 -o digits.png images.gz",
                  "MNIST's two files, gzipped as they are published"},
                 {"sample -n 16 | image-grid -o drawn.jpg", "what a model draws"}},
    .references = {},
    .see_also = {"sample", "tensor-info"}};

std::string label_of(const data::Dataset& set, int64_t i) {
  const int64_t label = set.label(i);
  return label < int64_t(set.class_names().size()) ? set.class_names()[label] : std::to_string(label);
}

using Datasets = std::vector<std::unique_ptr<data::Dataset>>;

/// Opens all inputs and checks that they fit on one sheet.
Datasets open_all(const Args& args, const Remark& remark) {
  if (args.inputs.size() > 1 && args.data.labels)
    fail(ErrorKind::usage, "--labels belongs to one input, got {}", args.inputs.size());
  Datasets sets;
  for (const io::Source& input : args.inputs) {
    sets.push_back(data::open_dataset(input, args.data, remark));
    const Shape &shape = sets.back()->shape(), &expected = sets.front()->shape();
    require(shape.size() == 3, "{}: holds vectors of {} values, no images", input.name(), shape_text(shape));
    require(shape == expected, "{}: images are {}, but those of {} are {}", input.name(), shape_text(shape),
            args.inputs.front().name(), shape_text(expected));
  }
  return sets;
}

/// Puts rows [first, first + count) of all sets together into the sheet's cells.
void fill(image::Sheet& sheet, const Datasets& sets, int64_t first, int64_t count, bool labelled,
          const Progress& progress) {
  int64_t before = 0;  // rows of the sets already passed
  for (const auto& set : sets) {
    const Shape& shape = set->shape();
    std::vector<float> row(element_count(shape));
    const int64_t end = std::min(first + count, before + set->size());
    for (int64_t i = std::max(first, before); i < end; ++i) {
      set->read(i - before, row);
      const std::string label = labelled && set->labelled() ? label_of(*set, i - before) : "";
      sheet.place(i - first, image::from_planes(row, shape[0], shape[1], shape[2]), label);
      if (progress) progress(i - first + 1);
    }
    before += set->size();
  }
}

image::TextChunks text_of(const Datasets& sets, const cli::Context& context) {
  io::History lines;
  std::vector<io::InputRecord> records;
  for (const auto& set : sets) {
    lines.insert(lines.end(), set->history().begin(), set->history().end());
    records.push_back(set->record());
  }
  io::Metadata text;
  io::write_history(context.history(lines, records), text);
  return text;
}

void run(const Args& args, cli::Context& context) {
  const std::string format = args.out.standard() ? "png" : image::image_format_of(args.out.path).value_or("");
  if (format.empty())
    fail(ErrorKind::usage, "--output: expected a name ending in .png, .jpg, .webp, .tiff or .ppm, got '{}'",
         args.out.path);
  const Datasets sets = open_all(args, context.remark());
  int64_t size = 0;
  for (const auto& set : sets) size += set->size();
  require(args.first < size, "there is no image {} among {}", args.first, size);
  const int64_t count = args.count == 0 ? size - args.first : std::min(args.count, size - args.first);
  const bool labelled = !args.no_labels && std::ranges::any_of(sets, [](const auto& set) { return set->labelled(); });
  const Shape& shape = sets.front()->shape();
  image::Sheet sheet(args.sheet, count, shape[0], shape[1], shape[2], labelled);
  io::Output output = io::Output::open(args.out, context.existing());
  fill(sheet, sets, args.first, count, labelled, context.progress(count, "images"));
  output.write(image::encode(sheet.bitmap(), format, format == "png" ? text_of(sets, context) : image::TextChunks{}));
  output.finish();
}

}  // namespace
}  // namespace athanor

int main(int argc, char** argv) {
  return athanor::cli::run_tool<athanor::Args>(argc, argv, athanor::spec, athanor::run);
}
