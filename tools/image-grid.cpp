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

std::unique_ptr<data::Dataset> open_all(const Args& args, const Remark& remark) {
  if (args.inputs.size() > 1 && args.data.labels)
    fail(ErrorKind::usage, "--labels belongs to one input, got {}", args.inputs.size());
  std::vector<std::unique_ptr<data::Dataset>> sets;
  for (const io::Source& input : args.inputs) {
    sets.push_back(data::open_dataset(input, args.data, remark));
    const Shape& shape = sets.back()->shape();
    require(shape.size() == 3, "{}: holds vectors of {} values, no images", input.name(), shape_text(shape));
  }
  return data::join(std::move(sets), args.no_labels ? [](std::string_view) {} : remark);
}

image::TextChunks text_of(const data::Dataset& set, const cli::Context& context) {
  io::Metadata text;
  io::write_history(context.history(set.history(), set.records()), text);
  return text;
}

void run(const Args& args, cli::Context& context) {
  const std::string format = args.out.standard() ? "png" : image::image_format_of(args.out.path).value_or("");
  if (format.empty())
    fail(ErrorKind::usage, "--output: expected a name ending in .png, .jpg, .webp, .tiff or .ppm, got '{}'",
         args.out.path);
  const std::unique_ptr<data::Dataset> set = open_all(args, context.remark());
  require(args.first < set->size(), "there is no image {} among {}", args.first, set->size());
  const int64_t rest = set->size() - args.first, count = args.count == 0 ? rest : std::min(args.count, rest);
  const bool labelled = !args.no_labels && set->labelled();
  const Shape& shape = set->shape();
  image::Sheet sheet(args.sheet, count, shape[0], shape[1], shape[2], labelled);
  io::Output output = io::Output::open(args.out, context.existing());
  const Progress progress = context.progress(count, "images");
  std::vector<float> row(element_count(shape));
  for (int64_t i = 0; i < count; ++i) {
    set->read(args.first + i, row);
    sheet.place(i, image::from_planes(row, shape[0], shape[1], shape[2]),
                labelled ? label_of(*set, args.first + i) : "");
    progress(i + 1);
  }
  output.write(image::encode(sheet.bitmap(), format, format == "png" ? text_of(*set, context) : image::TextChunks{}));
  output.finish();
}

}  // namespace
}  // namespace athanor

int main(int argc, char** argv) {
  return athanor::cli::run_tool<athanor::Args>(argc, argv, athanor::spec, athanor::run);
}
