#include <algorithm>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "data/rows.h"
#include "image/bitmap.h"
#include "image/jpeg.h"
#include "image/png.h"

namespace athanor::data {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kNoImage = "not a PNG or JPEG image; give --skip-unreadable to leave such files out";

Shape shape_of(const image::Bitmap& bitmap) { return {bitmap.channels, bitmap.height, bitmap.width}; }

image::Bitmap decode(io::Input input) {
  constexpr size_t kMaxBytes = size_t{1} << 30, kPart = 1 << 16;
  try {
    if (!input.mapped().empty()) return image::decode(input.mapped());
    std::vector<std::byte> bytes;
    for (size_t n = kPart; n == kPart;) {
      require(bytes.size() < kMaxBytes, "image file is larger than 1 GiB");
      bytes.resize(bytes.size() + kPart);
      n = input.read_full(std::span(bytes).last(kPart));
      bytes.resize(bytes.size() - kPart + n);
    }
    return image::decode(bytes);
  } catch (const Error& error) {
    throw error.in(input.name());
  }
}

/// Rows of bytes kept up to a bound. A row that was let in stays: every epoch reads all rows once, so that
/// whichever are kept, as many reads are saved, and nothing is decoded twice to make room.
class RowCache {
 public:
  RowCache(int64_t rows, int64_t mib) : rows_(rows), left_(mib << 20) {}
  /// Null when row i is not kept.
  const uint8_t* find(int64_t i) const {
    const std::lock_guard lock(mutex_);
    return rows_[i].empty() ? nullptr : rows_[i].data();
  }
  void keep(int64_t i, std::vector<uint8_t> row) {
    const std::lock_guard lock(mutex_);
    if (!rows_[i].empty() || int64_t(row.size()) > left_) return;
    left_ -= int64_t(row.size());
    rows_[i] = std::move(row);
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::vector<uint8_t>> rows_;
  int64_t left_;
};

/// Images in files (or one that came through a pipe), decoded when they are read.
class ImageDataset : public OpenDataset {
 public:
  ImageDataset(Facts facts, std::vector<std::string> files, const DatasetOptions& options)
      : OpenDataset(std::move(facts)),
        files_(std::move(files)),
        scaling_(options.range),
        cache_(facts_.size, options.cache_mib) {}
  void keep(int64_t i, image::Bitmap bitmap) { cache_.keep(i, std::move(bitmap.samples)); }
  void read(int64_t i, std::span<float> row) const override {
    check_row(i, row.size());
    if (const uint8_t* kept = cache_.find(i)) return to_row(kept, row);
    image::Bitmap bitmap = decode(io::Input::open({files_[i]}));
    require(shape_of(bitmap) == facts_.shape, "{}: is {} but {} is {}; all images of a set have one size and colour",
            files_[i], shape_text(shape_of(bitmap)), files_[0], shape_text(facts_.shape));
    to_row(bitmap.samples.data(), row);
    cache_.keep(i, std::move(bitmap.samples));
  }

 private:
  /// [H,W,C] bytes to [C,H,W] floats.
  void to_row(const uint8_t* samples, std::span<float> row) const {
    const int64_t channels = facts_.shape[0], pixels = facts_.shape[1] * facts_.shape[2];
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t p = 0; p < pixels; ++p) row[c * pixels + p] = scaling_.of_byte(samples[p * channels + c]);
  }
  std::vector<std::string> files_;
  Scaling scaling_;
  mutable RowCache cache_;
};

bool begins_like_image(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 8> head{};
  file.read(head.data(), head.size());
  const auto bytes = std::as_bytes(std::span(head)).first(size_t(file.gcount()));
  return image::looks_like_png(bytes) || image::looks_like_jpeg(bytes);
}

struct Listing {
  std::vector<fs::path> folders, files;
};

Listing list(const fs::path& folder) {
  Listing listing;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().filename().string().starts_with('.')) continue;
    std::error_code unknown;
    (it->is_directory(unknown) ? listing.folders : listing.files).push_back(it->path());
  }
  if (error) fail(ErrorKind::io, "{}: cannot be listed: {}", folder.string(), error.message());
  std::ranges::sort(listing.folders);
  std::ranges::sort(listing.files);
  return listing;
}

/// Files with their labels, found and judged by their first bytes.
class Scan {
 public:
  Scan(const fs::path& folder, bool skip, const Remark& remark) : skip_(skip), remark_(remark) {
    const Listing top = list(folder);
    for (const fs::path& file : top.files) add(file);
    if (!top.folders.empty() && !files.empty())
      fail(ErrorKind::data, "{}: lies beside the folder {}; images lie in the folder itself or in one folder a class",
           files.front(), top.folders.front().filename().string());
    for (const fs::path& folder_of_class : top.folders) add_class(folder_of_class);
    require(!files.empty(), "{}: holds no PNG or JPEG images", folder.string());
  }
  std::vector<std::string> files, class_names;
  std::vector<int64_t> labels;

 private:
  void add(const fs::path& file) {
    if (begins_like_image(file)) return files.push_back(file.string());
    require(skip_, "{}: {}", file.string(), kNoImage);
    if (remark_) remark_(file.string() + ": left out: not a PNG or JPEG image");
  }
  void add_class(const fs::path& folder) {
    const Listing inside = list(folder);
    if (!inside.folders.empty())
      fail(ErrorKind::data, "{}: is a folder within a class; expected images", inside.folders.front().string());
    for (const fs::path& file : inside.files) add(file);
    require(files.size() > labels.size(), "{}: holds no PNG or JPEG images", folder.string());
    labels.resize(files.size(), int64_t(class_names.size()));
    class_names.push_back(folder.filename().string());
  }
  bool skip_;
  const Remark& remark_;
};

/// Decodes every file and drops those that fail; a class may lose all its images, but keeps its number.
void drop_undecodable(Scan& scan, const Remark& remark) {
  std::vector<std::string> files;
  std::vector<int64_t> labels;
  for (size_t i = 0; i < scan.files.size(); ++i) {
    try {
      static_cast<void>(decode(io::Input::open({scan.files[i]})));
    } catch (const Error& error) {
      if (remark) remark(fmt::format("{}; left out", error.what()));
      continue;
    }
    files.push_back(scan.files[i]);
    if (!scan.labels.empty()) labels.push_back(scan.labels[i]);
  }
  require(!files.empty(), "{}: and no other file is a readable image", scan.files.front());
  scan.files = std::move(files);
  scan.labels = std::move(labels);
}

/// Of a folder: how many bytes its images have, and the SHA-256 of their names.
io::InputRecord record_of(const std::string& path, const std::vector<std::string>& files) {
  io::InputRecord record{.name = plain_name({path}), .bytes = 0, .header_sha256 = {}};
  std::string names;
  for (const std::string& file : files) {
    std::error_code unknown;
    const uintmax_t bytes = fs::file_size(file, unknown);
    if (!unknown) record.bytes += bytes;
    names += fs::path(file).lexically_relative(path).generic_string() + "\n";
  }
  record.header_sha256 = io::sha256(std::as_bytes(std::span(names)));
  return record;
}

}  // namespace

std::unique_ptr<Dataset> open_folder(const std::string& path, const DatasetOptions& options, const Remark& remark) {
  Scan scan(path, options.skip_unreadable, remark);
  if (options.skip_unreadable) drop_undecodable(scan, remark);
  image::Bitmap first = decode(io::Input::open({scan.files.front()}));
  Facts facts;
  facts.size = int64_t(scan.files.size());
  facts.shape = shape_of(first);
  facts.labels = scan.labels;
  facts.class_names = scan.class_names;
  facts.record = record_of(path, scan.files);
  complete_labels(facts, options, path);
  auto dataset = std::make_unique<ImageDataset>(std::move(facts), std::move(scan.files), options);
  dataset->keep(0, std::move(first));
  return dataset;
}

std::unique_ptr<Dataset> open_image(io::Input input, const io::Source& source, const DatasetOptions& options) {
  Facts facts;
  facts.size = 1;
  facts.record = {.name = plain_name(source), .bytes = input.size().value_or(0), .header_sha256 = {}};
  const std::string name = input.name();
  image::Bitmap bitmap = decode(std::move(input));
  facts.shape = shape_of(bitmap);
  facts.record.header_sha256 = io::sha256(std::as_bytes(std::span(bitmap.samples)));
  complete_labels(facts, options, name);
  // A pipe cannot be read again: its image is kept whatever the cache's size.
  DatasetOptions keeping = options;
  keeping.cache_mib = 1 + int64_t(bitmap.samples.size() >> 20);
  auto dataset = std::make_unique<ImageDataset>(std::move(facts), std::vector{name}, keeping);
  dataset->keep(0, std::move(bitmap));
  return dataset;
}

}  // namespace athanor::data
