#include "diffusion/noise_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "array/convert.h"

namespace athanor::diffusion {
namespace {

io::TensorInfo noise_tensor(const io::TensorReader& file) {
  const io::Layout& layout = file.layout();
  const int64_t named = layout.find("noise");
  require(named >= 0 || layout.tensors.size() == 1, "{}: expected a tensor 'noise', or one tensor alone; it holds {}",
          file.name(), layout.tensors.size());
  return layout.tensors[named >= 0 ? size_t(named) : 0];
}

}  // namespace

NoiseRows::NoiseRows(io::TensorReader file, const Shape& shape, int64_t rows)
    : file_(std::move(file)), tensor_(noise_tensor(file_)) {
  const Shape& given = tensor_.shape;
  require(!given.empty() && std::equal(given.begin() + 1, given.end(), shape.begin(), shape.end()),
          "{}: expected rows of {}, got {} in all", file_.name(), shape_text(shape), shape_text(given));
  require(given[0] >= rows, "{}: {} rows of noise for {} images", file_.name(), given[0], rows);
  require(is_floating_point(tensor_.dtype), "{}: noise is of type {}, and must be floating point", file_.name(),
          name_of(tensor_.dtype));
}

void NoiseRows::read(int64_t i, std::span<double> row) {
  bytes_.resize(row.size() * size_of(tensor_.dtype));
  file_.read(tensor_, uint64_t(i) * bytes_.size(), bytes_);
  if (tensor_.dtype == DType::f64) {
    std::memcpy(row.data(), bytes_.data(), bytes_.size());
  } else {
    floats_.resize(row.size());
    array::to_float32(tensor_.dtype, bytes_, floats_);
    std::ranges::copy(floats_, row.begin());
  }
  const bool finite = std::ranges::all_of(row, [](double v) { return std::isfinite(v); });
  require(finite, "{}: row {} holds NaN or infinity", file_.name(), i);
}

}  // namespace athanor::diffusion
