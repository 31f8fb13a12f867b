#include "data/dataset.h"

#include <filesystem>

#include "data/rows.h"
#include "data/tar_reader.h"
#include "image/bitmap.h"
#include "io/shards.h"

namespace athanor::data {
void DatasetOptions::fields(Fields& v) {
  v.opt("--labels", labels, "tensor of labels [N] beside images that have none");
  v.opt("--skip-unreadable", skip_unreadable, "leave out files of a folder or tar that are no images");
  v.opt("--alpha", alpha, "transparent pixels: refuse, keep, or put on white, black or #RRGGBB");
  v.opt("--range", range, "LOW,HIGH: the values that mean black and white");
  v.opt("--cache", cache_mib, "decoded images kept in memory, MiB", between(0, 1 << 20));
}

namespace {

/// Images as a dataset; the input itself when they are none.
std::variant<std::unique_ptr<Dataset>, io::Input> open_images(io::Input input, const io::Source& source,
                                                              const DatasetOptions& options, const Remark& remark) {
  const std::span<const std::byte> head = in_context(input.name(), [&] { return input.peek(512); });
  if (image::looks_like_image(head)) return open_image(std::move(input), source, options);
  if (looks_like_tar(head)) return open_tar(std::move(input), source, options, remark);
  return input;
}

bool is_folder(const io::Source& source) {
  std::error_code none;
  return !source.standard() && std::filesystem::is_directory(source.path, none);
}

}  // namespace

std::unique_ptr<Dataset> open_dataset(const io::Source& source, const DatasetOptions& options, const Remark& remark) {
  if (!source) fail(ErrorKind::usage, "no data are given");
  if (source.standard() && options.labels.standard())
    fail(ErrorKind::usage, "data and --labels cannot both be standard input");
  if (is_folder(source)) return open_folder(source.path, options, remark);
  auto opened = open_images(io::Input::open(source), source, options, remark);
  if (auto* images = std::get_if<std::unique_ptr<Dataset>>(&opened)) return std::move(*images);
  return open_tensors(io::TensorReader(std::get<io::Input>(std::move(opened))), source, options);
}

std::variant<std::unique_ptr<Dataset>, io::TensorReader> open_images_or_tensors(const io::Source& source,
                                                                                const DatasetOptions& options,
                                                                                const Remark& remark) {
  if (is_folder(source)) {
    if (io::holds_checkpoint(source.path)) return io::TensorReader::open(source);
    return open_folder(source.path, options, remark);
  }
  auto opened = open_images(io::Input::open(source), source, options, remark);
  if (auto* images = std::get_if<std::unique_ptr<Dataset>>(&opened)) return std::move(*images);
  return io::TensorReader(std::get<io::Input>(std::move(opened)));
}

}  // namespace athanor::data
