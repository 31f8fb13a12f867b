// Rows of one shape, with labels: the images or vectors that networks learn from and that sheets show.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/check.h"
#include "core/fields.h"
#include "core/work.h"
#include "image/alpha.h"
#include "io/history.h"
#include "io/source.h"
#include "io/tensor_reader.h"

namespace athanor::data {

/// How data that do not say so themselves are to be read.
struct DatasetOptions {
  io::Source labels = {};        ///< a tensor of labels beside images that have none (MNIST's second file)
  bool skip_unreadable = false;  ///< leave out files that are no images, with a remark each
  /// What becomes of transparent pixels; `keep` gives rows [2,H,W] and [4,H,W].
  image::AlphaPolicy alpha = {};
  /// Low, high: stored values that mean black and white; empty: whole numbers span their type, floats are [-1,1].
  std::vector<double> range = {};
  int64_t cache_mib = 512;  ///< decoded images kept in memory, MiB
  void fields(Fields& v);
};

/// A set of rows, read in any order. Thread-safe to read.
class Dataset {
 public:
  virtual ~Dataset() = default;
  /// How messages call it: its file.
  virtual const std::string& name() const = 0;
  /// Rows.
  virtual int64_t size() const = 0;
  /// Of one row: [C,H,W] for images, [D] for vectors.
  virtual const Shape& shape() const = 0;
  /// Copies row i as float32: images in [-1,1], vectors as they are. Throws Error{data} naming the row or file.
  virtual void read(int64_t i, std::span<float> row) const = 0;
  /// Whether rows carry labels.
  virtual bool labelled() const = 0;
  /// Row i's label, ≥ 0.
  virtual int64_t label(int64_t i) const = 0;
  /// One more than the largest label; 0 without labels.
  virtual int64_t classes() const = 0;
  /// Names of classes (subfolders), or empty.
  virtual const std::vector<std::string>& class_names() const = 0;
  /// What to record of it: history lines that it carries, and the inputs that it comes from, one or more.
  virtual const io::History& history() const = 0;
  virtual const std::vector<io::InputRecord>& records() const = 0;
};

/// Opens by content:
/// - a folder of images (PNG, JPEG, WebP, TIFF, PNM); one subfolder a class, labels by sorted name;
/// - a tar of images in its order (plain, or packed by gzip, Zstandard or xz), labelled by folder as folders are, or by
///   the numbers in KEY.cls beside KEY.png, whose other companions (KEY.json) are passed over;
/// - one image file, whose history is taken over from a PNG's text;
/// - a tensor file of any format (`images` or `vectors`, with `labels` beside; ADM's `arr_0` and `arr_1`; or its only
///   tensor): uint8 arrays are [N,H,W], [N,C,H,W] or [N,H,W,C]; floats are such images in [-1,1] or [N,D] vectors;
/// - "-", which is any of these but a folder, spooled to an unlinked temporary file where rows are to be read in any
///   order.
/// Throws Error{io, data}: names the file, and what was expected.
std::unique_ptr<Dataset> open_dataset(const io::Source& source, const DatasetOptions& options, const Remark& remark);
/// The rows of one set after another. Classes with names stay what they are called; labels without names count as the
/// numbers of the others' classes. Where not all sets have labels none are left, which `remark` says. Throws
/// Error{data}: rows of several shapes, numbers beside several lists of names.
std::unique_ptr<Dataset> join(std::vector<std::unique_ptr<Dataset>> sets, const Remark& remark);
/// For tools that take either: images as a dataset, any other tensor file, or folder that holds one, as it is.
std::variant<std::unique_ptr<Dataset>, io::TensorReader> open_images_or_tensors(const io::Source& source,
                                                                                const DatasetOptions& options,
                                                                                const Remark& remark);
/// The rows of a tensor file: `images` or `vectors`, `arr_0` as ADM writes it, or its only tensor.
std::unique_ptr<Dataset> open_tensors(io::TensorReader tensors, const io::Source& source,
                                      const DatasetOptions& options);

}  // namespace athanor::data
