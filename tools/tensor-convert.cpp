// tensor-convert: make one file of tensors or images into another.
#include <algorithm>
#include <filesystem>

#include "checkpoint/conversion.h"
#include "cli/tool.h"
#include "data/dataset.h"
#include "data/row_writer.h"

namespace athanor {
namespace {

struct Args {
  std::vector<io::Source> inputs{{"-"}};
  io::Sink out{"-"};
  std::string format;
  checkpoint::ConversionOptions tensors;
  io::ShardOptions shards;
  data::StoreOptions store;
  data::DatasetOptions data;
  void fields(Fields& v) {
    v.args("INPUT", inputs, "tensor files, folders of shards, images, folders or tar archives of images");
    v.opt("-o,--output", out, "file to write; a folder, named with a '/' at its end, for shards and image files");
    v.opt("--format", format, "format of the output; by its name unless given, safetensors on a pipe",
          one_of({"safetensors", "npy", "npz", "pt", "png", "jpeg", "webp", "tiff", "pnm"}));
    v.group("Tensors", tensors);
    v.group("Shards", shards);
    v.group("Images", store);
    v.group("Images", data);
  }
};

const cli::Spec spec{
    .name = "tensor-convert",
    .synopsis = "make one file of tensors or images into another",
    .description =
        "Reads tensors of any format (safetensors, .npy, .npz, PyTorch's .pt, IDX, shards with an index) and writes "
        "them in "
        "another, byte for byte unless something else is asked for: a selection, other names, other element types, "
        "slices, several files joined. Tensors pass through in the order of the output, a part at a time, so that "
        "memory does "
        "not grow with the file.\n\n"
        "Images become tensors `images` [N,C,H,W] with `labels` beside them, and `images` become image files; --pixels "
        "and --layout have tensors of images stored anew. Options for tensors are refused where images are read or "
        "written.",
    .examples = {{"tensor-convert model.safetensors --cast float16 -o model-f16.safetensors", "half the bytes"},
                 {"tensor-convert model.safetensors --include weight --rename '\\.weight$=.kernel' -o part.npz",
                  "some tensors under other names, for NumPy"},
                 {"tensor-convert model.safetensors --shard-size 500kB -o shards/", "a checkpoint in several files"},
                 {"tensor-convert photos/ --pixels uint8 -o photos.safetensors", "a folder of images as one tensor"},
                 {"sample -n 8 | tensor-convert --format png -o drawn/", "drawn images, a file each"},
                 {"tensor-convert images.npy --slice 0:4 | tensor-info", "the first rows, to the next program"}},
    .references = {"The safetensors format, https://github.com/huggingface/safetensors"},
    .see_also = {"tensor-info", "tensor-diff", "image-grid"}};

/// What is written, by --format or else by the output's name.
struct Output {
  std::string format;
  bool folder = false;
  bool images = false;  ///< image files
  bool rows = false;    ///< images, in whatever file
};

void check_options_for_images(const Args& args) {
  if (args.tensors.given())
    fail(ErrorKind::usage, "options for tensors do not work on images: convert them to a tensor file first");
  if (args.shards.limit.bytes > 0) fail(ErrorKind::usage, "--shard-size: images go to one file");
}

Output output_of(const Args& args) {
  const std::string& path = args.out.path;
  const std::optional<std::string> image = image::image_format_of(path);
  Output out{.format = args.format, .folder = path.ends_with('/')};
  if (out.format.empty()) out.format = out.folder || !image ? io::tensor_format_of(args.out) : *image;
  out.images = std::ranges::find(io::kTensorFormats, out.format) == std::end(io::kTensorFormats);
  if (out.folder && !out.images && args.shards.limit.bytes == 0)
    fail(ErrorKind::usage, "{}: a folder gets image files (--format png) or shards (--shard-size)", path);
  if (args.shards.limit.bytes > 0 && !out.folder)
    fail(ErrorKind::usage, "--shard-size: the output must be a folder, named with a '/' at its end");
  if (out.images && args.out.standard()) fail(ErrorKind::usage, "--format: image files go to a folder (-o DIR/)");
  if (args.store.of_files() && !(out.images && out.folder))
    fail(ErrorKind::usage, "--by-class and --depth are for folders of image files (-o DIR/ --format png)");
  if (args.store.of_tensors() && out.images)
    fail(ErrorKind::usage, "--pixels and --layout are for tensor files, not for {}", out.format);
  out.rows = out.images || args.store.of_tensors();
  if (out.rows) check_options_for_images(args);
  for (const io::Source& input : args.inputs) {
    std::error_code none;
    if (out.images && out.folder && std::filesystem::equivalent(input.path, path, none))
      fail(ErrorKind::usage, "{}: is an input too, whose images would be overwritten: give another folder", path);
  }
  return out;
}

void convert_tensors(const Args& args, std::vector<io::TensorReader>& inputs, const Output& out,
                     cli::Context& context) {
  const std::vector<checkpoint::Joined> plan = checkpoint::plan(inputs, args.tensors);
  std::vector<io::InputRecord> records;
  for (size_t i = 0; i < inputs.size(); ++i) records.push_back(io::record_of(args.inputs[i], inputs[i].layout()));
  io::Metadata metadata = checkpoint::metadata_of(inputs);
  io::write_history(context.history(checkpoint::history_of(inputs), records), metadata);
  io::TensorWriter writer(args.out, context.existing(), out.format, checkpoint::tensors_of(plan), metadata,
                          args.shards);
  checkpoint::convert(inputs, plan, writer, args.tensors.overflow(),
                      context.progress(checkpoint::bytes_of(plan), "bytes"));
}

void convert_images(const Args& args, const data::Dataset& set, const Output& out, cli::Context& context) {
  data::RowsHeader header = data::header_of(set, context.history(set.history(), set.records()));
  const bool one_image = out.images && !out.folder;
  if (one_image) header.labels.clear();
  if (one_image && header.count > 1)
    fail(ErrorKind::usage, "{}: holds one image, not {}: give a folder (-o DIR/), or draw a sheet with image-grid",
         args.out.path, header.count);
  if (out.folder && !header.labels.empty() && !args.store.by_class)
    context.remark()("labels are left out; --by-class makes a folder of each");
  data::StoreOptions store = args.store;
  store.format = out.format;
  const auto writer = data::open_row_writer(args.out, context.existing(), header, {.columns = 1, .scale = 1, .gap = 0},
                                            context.remark(), store);
  const Progress progress = context.progress(header.count, "images");
  std::vector<float> row(element_count(header.shape));
  for (int64_t i = 0; i < set.size(); ++i) {
    set.read(i, row);
    writer->write(row);
    progress(i + 1);
  }
  writer->finish();
}

void run(const Args& args, cli::Context& context) {
  const Output out = output_of(args);
  std::vector<io::TensorReader> tensors;
  std::vector<std::unique_ptr<data::Dataset>> images;
  for (const io::Source& input : args.inputs) {
    auto opened = data::open_images_or_tensors(input, args.data, context.remark());
    if (auto* set = std::get_if<std::unique_ptr<data::Dataset>>(&opened))
      images.push_back(std::move(*set));
    else if (out.rows)
      images.push_back(data::open_tensors(std::get<io::TensorReader>(std::move(opened)), input, args.data));
    else
      tensors.push_back(std::get<io::TensorReader>(std::move(opened)));
  }
  require(images.empty() || tensors.empty(), "images and tensors cannot be converted together");
  if (images.empty()) return convert_tensors(args, tensors, out, context);
  check_options_for_images(args);
  convert_images(args, *data::join(std::move(images), context.remark()), out, context);
}

}  // namespace
}  // namespace athanor

int main(int argc, char** argv) {
  return athanor::cli::run_tool<athanor::Args>(argc, argv, athanor::spec, athanor::run);
}
