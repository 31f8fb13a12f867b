// Tensors of one or more files made into those of another: selected, renamed, sliced, joined and cast on the way, in
// memory that does not grow with the files.
#pragma once

#include "array/convert.h"
#include "checkpoint/selection.h"
#include "core/work.h"
#include "io/history.h"
#include "io/tensor_reader.h"
#include "io/tensor_writer.h"

namespace athanor::checkpoint {

/// [REGEX=]DTYPE: the type that tensors get; without a regular expression, all of floating-point type.
struct Cast {
  std::optional<Pattern> pattern;
  DType dtype = DType::f32;
};
void from_text(std::string_view text, Cast& cast);
std::string to_text(const Cast& cast);
inline std::string metavar(const Cast&) { return "[REGEX=]DTYPE"; }

/// A range of one axis, as in Python: negative ends count from the axis' end, and absent ones are the axis' own.
struct Range {
  std::optional<int64_t> begin, end;
  int64_t step = 1;  ///< at least 1
};
/// [REGEX=]A:B:S,…: ranges of the leading axes; without a regular expression, of every tensor.
struct Slice {
  std::optional<Pattern> pattern;
  std::vector<Range> ranges;
};
void from_text(std::string_view text, Slice& slice);
std::string to_text(const Slice& slice);
inline std::string metavar(const Slice&) { return "[REGEX=]A:B:S,…"; }

struct ConversionOptions {
  Selection selection;
  std::vector<Slice> slices;
  std::vector<Cast> casts;
  bool saturate = false;
  bool concat = false;
  std::string stack;  ///< name of the tensor that stacks all others; empty: none
  void fields(Fields& v);
  /// Whether any is given.
  bool given() const;
  array::Overflow overflow() const { return saturate ? array::Overflow::saturate : array::Overflow::refuse; }
};

/// A tensor or a part of it, on its way.
struct Part {
  size_t input = 0;
  io::TensorInfo tensor;
  Shape shape;                   ///< after slicing
  std::vector<int64_t> strides;  ///< in elements of the tensor
  int64_t first = 0;             ///< element at which the part begins
};
/// A tensor of the output: its parts one after another along the first axis.
struct Joined {
  io::TensorInfo info;
  std::vector<Part> parts;
};

/// What the output will hold. Throws Error{data}: a name that is there twice (unless `concat` joins them), shapes that
/// do not fit together, a slice with more ranges than a tensor has axes; nothing is left.
std::vector<Joined> plan(std::span<const io::TensorReader> inputs, const ConversionOptions& options);
/// The tensors of a plan, as a writer wants them.
std::vector<io::TensorInfo> tensors_of(const std::vector<Joined>& plan);
/// Bytes that will be read.
int64_t bytes_of(const std::vector<Joined>& plan);
/// The metadata that inputs carry; of a key in several, the first one's value.
io::Metadata metadata_of(std::span<const io::TensorReader> inputs);
/// Their lines of history, one input's after another's.
io::History history_of(std::span<const io::TensorReader> inputs);
/// Copies what is planned from the inputs to the writer, in the writer's order. A stream that would have to go back is
/// spooled first. Throws Error{data}: a value that the new type cannot hold.
void convert(std::span<io::TensorReader> inputs, const std::vector<Joined>& plan, io::TensorWriter& writer,
             array::Overflow overflow, const Progress& progress);

}  // namespace athanor::checkpoint
