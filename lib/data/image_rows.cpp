#include "data/image_rows.h"

#include "image/alpha.h"

namespace athanor::data {
namespace {

Shape shape_of(const image::Bitmap& bitmap) { return {bitmap.channels, bitmap.height, bitmap.width}; }

io::Input open(const ImageFile& file) {
  return file.bytes.empty() ? io::Input::open({file.name}) : io::Input::memory(file.bytes, file.name);
}

image::Bitmap decode_bytes(std::span<const std::byte> bytes, const DatasetOptions& options) {
  return image::apply_alpha(image::decode(bytes), options.alpha);
}

/// What use(bytes) makes of all that is left of an input; errors get its name in front.
template <class Use>
auto with_bytes(io::Input& input, Use use) {
  constexpr size_t kMaxBytes = size_t{1} << 30, kPart = 1 << 16;
  try {
    if (!input.mapped().empty()) return use(input.mapped());
    std::vector<std::byte> bytes;
    for (size_t n = kPart; n == kPart;) {
      require(bytes.size() < kMaxBytes, "image file is larger than 1 GiB");
      bytes.resize(bytes.size() + kPart);
      n = input.read_full(std::span(bytes).last(kPart));
      bytes.resize(bytes.size() - kPart + n);
    }
    return use(std::span<const std::byte>(bytes));
  } catch (const Error& error) {
    throw error.in(input.name());
  }
}

}  // namespace

image::Bitmap decode_image(io::Input input, const DatasetOptions& options) {
  return with_bytes(input, [&](std::span<const std::byte> bytes) { return decode_bytes(bytes, options); });
}

void drop_undecodable(ImageFiles& found, const DatasetOptions& options, const Remark& remark) {
  const std::string first = found.files.front().name;
  size_t kept = 0;
  for (size_t i = 0; i < found.files.size(); ++i) {
    try {
      static_cast<void>(decode_image(open(found.files[i]), options));
    } catch (const Error& error) {
      if (remark) remark(fmt::format("{}; left out", error.what()));
      continue;
    }
    if (!found.labels.empty()) found.labels[kept] = found.labels[i];
    if (kept != i) found.files[kept] = std::move(found.files[i]);
    ++kept;
  }
  require(kept > 0, "{}: and no other file is a readable image", first);
  found.files.resize(kept);
  if (!found.labels.empty()) found.labels.resize(kept);
}

const image::Bitmap* RowCache::find(int64_t i) const {
  const std::lock_guard lock(mutex_);
  return rows_[i].samples.empty() ? nullptr : &rows_[i];
}

void RowCache::keep(int64_t i, image::Bitmap row) {
  const std::lock_guard lock(mutex_);
  if (!rows_[i].samples.empty() || int64_t(row.samples.size()) > left_) return;
  left_ -= int64_t(row.samples.size());
  rows_[i] = std::move(row);
}

ImageDataset::ImageDataset(Facts facts, ImageFiles found, const DatasetOptions& options)
    : OpenDataset(std::move(facts)),
      found_(std::move(found)),
      options_(options),
      scaling_(options.range),
      cache_(facts_.size, options.cache_mib) {}

void ImageDataset::read(int64_t i, std::span<float> row) const {
  check_row(i, row.size());
  if (const image::Bitmap* kept = cache_.find(i)) return to_row(*kept, row);
  image::Bitmap bitmap = decode_image(open(found_.files[i]), options_);
  require(shape_of(bitmap) == facts_.shape, "{}: is {} but {} is {}; all images of a set have one size and colour",
          found_.files[i].name, shape_text(shape_of(bitmap)), found_.files[0].name, shape_text(facts_.shape));
  to_row(bitmap, row);
  cache_.keep(i, std::move(bitmap));
}

void ImageDataset::to_row(const image::Bitmap& bitmap, std::span<float> row) const {
  if (!scaling_.given()) return image::to_planes(bitmap, row);
  const int64_t pixels = bitmap.height * bitmap.width;
  for (int64_t c = 0; c < bitmap.channels; ++c)
    for (int64_t p = 0; p < pixels; ++p) row[c * pixels + p] = scaling_(bitmap.get(p * bitmap.channels + c));
}

std::unique_ptr<Dataset> open_files(ImageFiles found, Facts facts, const DatasetOptions& options) {
  image::Bitmap first = decode_image(open(found.files.front()), options);
  facts.size = int64_t(found.files.size());
  facts.shape = shape_of(first);
  facts.labels = found.labels;
  facts.class_names = found.class_names;
  complete_labels(facts, options);
  auto dataset = std::make_unique<ImageDataset>(std::move(facts), std::move(found), options);
  dataset->keep(0, std::move(first));
  return dataset;
}

std::unique_ptr<Dataset> open_image(io::Input input, const io::Source& source, const DatasetOptions& options) {
  Facts facts{.name = input.name(), .size = 1};
  io::InputRecord record{.name = source.file_name(), .bytes = input.size().value_or(0), .header_sha256 = {}};
  image::Bitmap bitmap = with_bytes(input, [&](std::span<const std::byte> bytes) {
    facts.history = io::read_history(image::text_of(bytes));
    return decode_bytes(bytes, options);
  });
  facts.shape = shape_of(bitmap);
  record.header_sha256 = io::sha256(std::as_bytes(std::span(bitmap.samples)));
  facts.records.push_back(std::move(record));
  complete_labels(facts, options);
  // A pipe cannot be read again: its image is kept whatever the cache's size.
  DatasetOptions keeping = options;
  keeping.cache_mib = 1 + int64_t(bitmap.samples.size() >> 20);
  ImageFiles one{.files = {{.name = facts.name}}};
  auto dataset = std::make_unique<ImageDataset>(std::move(facts), std::move(one), keeping);
  dataset->keep(0, std::move(bitmap));
  return dataset;
}

}  // namespace athanor::data
