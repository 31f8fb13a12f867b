#include "data/dataset.h"

#include <filesystem>

#include "data/rows.h"
#include "data/tar_reader.h"
#include "image/bitmap.h"

namespace athanor::data {
namespace {

/// Enough to tell every format.
std::span<const std::byte> beginning(io::Input& input) {
  try {
    return input.peek(512);
  } catch (const Error& error) {
    throw error.in(input.name());
  }
}

}  // namespace

void DatasetOptions::fields(Fields& v) {
  v.opt("--labels", labels, "tensor of labels [N] beside images that have none");
  v.opt("--skip-unreadable", skip_unreadable, "leave out files of a folder or tar that are no images");
  v.opt("--alpha", alpha, "transparent pixels: refuse, keep, or put on white, black or #RRGGBB");
  v.opt("--range", range, "LOW,HIGH: the values that mean black and white");
  v.opt("--cache", cache_mib, "decoded images kept in memory, MiB", between(0, 1 << 20));
}

std::unique_ptr<Dataset> open_dataset(const io::Source& source, const DatasetOptions& options, const Remark& remark) {
  if (!source) fail(ErrorKind::usage, "no data are given");
  if (source.standard() && options.labels.standard())
    fail(ErrorKind::usage, "data and --labels cannot both be standard input");
  std::error_code none;
  if (!source.standard() && std::filesystem::is_directory(source.path, none))
    return open_folder(source.path, options, remark);
  io::Input input = io::Input::open(source);
  const std::span<const std::byte> head = beginning(input);
  if (image::looks_like_image(head)) return open_image(std::move(input), source, options);
  if (looks_like_tar(head)) return open_tar(std::move(input), source, options, remark);
  return open_tensors(std::move(input), source, options);
}

}  // namespace athanor::data
