// Where drawn images or vectors go, row by row as they are computed.
#pragma once

#include <memory>
#include <span>

#include "core/check.h"
#include "core/work.h"
#include "data/dataset.h"
#include "image/sheet.h"
#include "io/history.h"
#include "io/output.h"

namespace athanor::data {

/// How images are stored, where the output's name leaves a choice.
struct StoreOptions {
  std::string pixels = {};  ///< "float32" or "uint8"; empty: uint8 in .npz, else float32
  std::string layout = {};  ///< "nchw" or "nhwc"; empty: nhwc in .npz, else nchw
  std::string format = {};  ///< of tensors or images; empty: by the sink's name, PNG in a folder
  bool by_class = false;    ///< a folder of image files gets a folder for each class
  int64_t depth = 8;        ///< bits a sample of a folder's image files: 8 or 16
  void fields(Fields& v);
  /// Whether anything is asked of images in tensors, or in a folder of image files.
  bool of_tensors() const { return !pixels.empty() || !layout.empty(); }
  bool of_files() const { return by_class || depth != 8; }
};

/// What will be written, known before the first row is.
struct RowsHeader {
  int64_t count = 0;
  Shape shape = {};                           ///< of one row: [C,H,W] or [D]
  std::vector<int64_t> labels = {};           ///< [count], or empty
  std::vector<std::string> class_names = {};  ///< for sheets; may be empty
  int64_t first = 0;                          ///< number of the first row, for file names in a folder
  io::History history = {};
};

/// The header of a set's rows, labels and classes included.
RowsHeader header_of(const Dataset& set, io::History history);

/// A sink of rows.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  /// Appends rows: float32 [n, shape…].
  virtual void write(std::span<const float> rows) = 0;
  /// Completes the output. Throws Error{data} unless `count` rows were written.
  virtual void finish() = 0;
};

/// By the sink's name: a path ending in "/" is a folder of numbered image files (000005.png; made if missing), .png,
/// .jpg and other images a sheet (for vectors of two components a scatter plot), .npy and .npz arrays, .pt PyTorch's
/// file, anything else and "-" safetensors with `labels` before `images` (or `vectors`). Images in an .npz are ADM's:
/// `arr_0` uint8 [N,H,W,C] and `arr_1`, the labels, unless `store` says otherwise. Throws Error{io, usage, data}: what
/// the output cannot hold is refused before anything is made.
std::unique_ptr<RowWriter> open_row_writer(const io::Sink& sink, io::Existing existing, const RowsHeader& header,
                                           const image::SheetOptions& sheet, const Remark& remark,
                                           const StoreOptions& store = {});

}  // namespace athanor::data
