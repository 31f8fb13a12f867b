// Image files as rows: decoded when they are read, kept while there is room.
#pragma once

#include <mutex>

#include "data/rows.h"
#include "image/bitmap.h"

namespace athanor::data {

/// Where an image's bytes are: in a file of this name or, under this name, in memory.
struct ImageFile {
  std::string name;
  std::span<const std::byte> bytes = {};  ///< empty: the file is opened
};

/// Image files found, not yet decoded.
struct ImageFiles {
  std::vector<ImageFile> files;
  std::vector<int64_t> labels;           ///< one a file, or none
  std::vector<std::string> class_names;  ///< may be empty
  std::vector<io::Input> memory;         ///< what holds the bytes of those in memory
};

/// Decodes what is left of an input and treats its alpha channel as --alpha says. Throws Error{io, data} with its name
/// in front.
image::Bitmap decode_image(io::Input input, const DatasetOptions& options);

/// Drops files that do not decode, with a remark each; a class may lose all its images, but keeps its number. Throws
/// Error{data} when none is left.
void drop_undecodable(ImageFiles& found, const DatasetOptions& options, const Remark& remark);

/// Rows of bytes kept up to a bound. A row that was let in stays: every epoch reads all rows once, so that
/// whichever are kept, as many reads are saved, and nothing is decoded twice to make room.
class RowCache {
 public:
  RowCache(int64_t rows, int64_t mib) : rows_(rows), left_(mib << 20) {}
  /// Null when row i is not kept.
  const image::Bitmap* find(int64_t i) const;
  void keep(int64_t i, image::Bitmap row);

 private:
  mutable std::mutex mutex_;
  std::vector<image::Bitmap> rows_;
  int64_t left_;
};

/// The rows of image files, which must have one shape.
class ImageDataset : public OpenDataset {
 public:
  ImageDataset(Facts facts, ImageFiles found, const DatasetOptions& options);
  /// Puts row i, decoded already, into the cache.
  void keep(int64_t i, image::Bitmap bitmap) { cache_.keep(i, std::move(bitmap)); }
  void read(int64_t i, std::span<float> row) const override;

 private:
  void to_row(const image::Bitmap& bitmap, std::span<float> row) const;
  ImageFiles found_;
  DatasetOptions options_;
  Scaling scaling_;
  mutable RowCache cache_;
};

/// The set of these files; `facts` has its name, records and history already. Throws Error{data}: the first image does
/// not decode.
std::unique_ptr<Dataset> open_files(ImageFiles found, Facts facts, const DatasetOptions& options);

}  // namespace athanor::data
