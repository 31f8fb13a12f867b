#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "data/image_rows.h"

namespace athanor::data {
namespace {

namespace fs = std::filesystem;

bool begins_like_image(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 16> head{};
  file.read(head.data(), head.size());
  const auto bytes = std::as_bytes(std::span(head)).first(size_t(file.gcount()));
  return image::looks_like_image(bytes);
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
    if (!top.folders.empty() && !found.files.empty())
      fail(ErrorKind::data, "{}: lies beside the folder {}; images lie in the folder itself or in one folder a class",
           found.files.front().name, top.folders.front().filename().string());
    for (const fs::path& folder_of_class : top.folders) add_class(folder_of_class);
    require(!found.files.empty(), "{}: holds no {} images", folder.string(), image::image_formats());
  }
  ImageFiles found;

 private:
  void add(const fs::path& file) {
    if (begins_like_image(file)) return found.files.push_back({.name = file.string()});
    require(skip_, "{}: not a {} image; give --skip-unreadable to leave such files out", file.string(),
            image::image_formats());
    if (remark_) remark_(fmt::format("{}: left out: not a {} image", file.string(), image::image_formats()));
  }
  void add_class(const fs::path& folder) {
    const Listing inside = list(folder);
    if (!inside.folders.empty())
      fail(ErrorKind::data, "{}: is a folder within a class; expected images", inside.folders.front().string());
    for (const fs::path& file : inside.files) add(file);
    require(found.files.size() > found.labels.size(), "{}: holds no {} images", folder.string(),
            image::image_formats());
    found.labels.resize(found.files.size(), int64_t(found.class_names.size()));
    found.class_names.push_back(folder.filename().string());
  }
  bool skip_;
  const Remark& remark_;
};

/// Of a folder: how many bytes its images have, and the SHA-256 of their names.
io::InputRecord record_of(const std::string& path, const std::vector<ImageFile>& files) {
  io::InputRecord record{.name = io::Source{path}.file_name(), .bytes = 0, .header_sha256 = {}};
  std::string names;
  for (const ImageFile& file : files) {
    std::error_code unknown;
    const uintmax_t bytes = fs::file_size(file.name, unknown);
    if (!unknown) record.bytes += bytes;
    names += fs::path(file.name).lexically_relative(path).generic_string() + "\n";
  }
  record.header_sha256 = io::sha256(std::as_bytes(std::span(names)));
  return record;
}

}  // namespace

std::unique_ptr<Dataset> open_folder(const std::string& path, const DatasetOptions& options, const Remark& remark) {
  ImageFiles found = std::move(Scan(path, options.skip_unreadable, remark).found);
  if (options.skip_unreadable) drop_undecodable(found, options, remark);
  Facts facts{.name = path};
  facts.records.push_back(record_of(path, found.files));
  return open_files(std::move(found), std::move(facts), options);
}

}  // namespace athanor::data
