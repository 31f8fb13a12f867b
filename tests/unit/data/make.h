// Small data sets for tests.
#pragma once

#include <cstring>
#include <filesystem>

#include "data/dataset.h"
#include "image/bitmap.h"
#include "io/npy.h"
#include "support/files.h"

namespace athanor::data::test {

using athanor::test::TempFolder;

/// An image all of whose samples differ from its neighbours', and from those of image i + 1.
inline image::Bitmap picture(int i, int64_t channels = 3, int64_t height = 4, int64_t width = 5) {
  image::Bitmap bitmap{.height = height, .width = width, .channels = channels, .samples = {}};
  for (int64_t k = 0; k < height * width * channels; ++k) bitmap.samples.push_back(uint8_t(7 * i + 3 * k));
  return bitmap;
}

inline std::string coded(const image::Bitmap& bitmap, std::string_view format = "png") {
  const std::vector<std::byte> bytes = image::encode(bitmap, format);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The bytes of an .npy file.
template <class T>
std::string npy(DType dtype, const Shape& shape, const std::vector<T>& values) {
  std::string bytes = io::make_npy_header(dtype, shape);
  return bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

inline std::unique_ptr<Dataset> open(const std::string& path, const DatasetOptions& options = {},
                                     const Remark& remark = {}) {
  return open_dataset({path}, options, remark);
}

inline std::vector<float> row(const Dataset& set, int64_t i) {
  std::vector<float> values(element_count(set.shape()));
  set.read(i, values);
  return values;
}

/// Options that differ from the defaults in one thing.
inline DatasetOptions caching(int64_t mib) {
  DatasetOptions options;
  options.cache_mib = mib;
  return options;
}
inline DatasetOptions ranged(std::vector<double> range) {
  DatasetOptions options;
  options.range = std::move(range);
  return options;
}
inline DatasetOptions labelled_by(const std::string& path) {
  DatasetOptions options;
  options.labels = {path};
  return options;
}
inline DatasetOptions skipping() {
  DatasetOptions options;
  options.skip_unreadable = true;
  return options;
}

/// A picture as a row.
inline std::vector<float> planes(const image::Bitmap& bitmap) {
  std::vector<float> values(bitmap.samples.size());
  image::to_planes(bitmap, values);
  return values;
}

template <class Body>
std::string refusal(Body body) {
  return athanor::test::error_of(body).what();
}

/// A folder of n pictures 00.png, 01.png …
inline void fill_folder(const TempFolder& folder, int n) {
  for (int i = 0; i < n; ++i) folder.file(fmt::format("{:02}.png", i), coded(picture(i)));
}

}  // namespace athanor::data::test
