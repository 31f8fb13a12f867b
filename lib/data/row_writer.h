// Where drawn images or vectors go, row by row as they are computed.
#pragma once

#include <memory>
#include <span>

#include "core/check.h"
#include "core/work.h"
#include "image/sheet.h"
#include "io/history.h"
#include "io/output.h"

namespace athanor::data {

/// What will be written, known before the first row is.
struct RowsHeader {
  int64_t count = 0;
  Shape shape = {};                           ///< of one row: [C,H,W] or [D]
  std::vector<int64_t> labels = {};           ///< [count], or empty
  std::vector<std::string> class_names = {};  ///< for sheets; may be empty
  int64_t first = 0;                          ///< number of the first row, for file names in a folder
  io::History history = {};
};

/// A sink of rows.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  /// Appends rows: float32 [n, shape…].
  virtual void write(std::span<const float> rows) = 0;
  /// Completes the output. Throws Error{data} unless `count` rows were written.
  virtual void finish() = 0;
};

/// By the sink's name: a path ending in "/" is a folder of numbered PNG files (000005.png; made if missing), .png and
/// .jpg a sheet (for vectors of two components a scatter plot), .npy an array, anything else and "-" safetensors with
/// `labels` before `images` (or `vectors`). Throws Error{io, usage}.
std::unique_ptr<RowWriter> open_row_writer(const io::Sink& sink, io::Existing existing, const RowsHeader& header,
                                           const image::SheetOptions& sheet, const Remark& remark);

}  // namespace athanor::data
