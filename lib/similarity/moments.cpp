#include "similarity/moments.h"

#include <algorithm>
#include <cmath>

#include "array/blocks.h"
#include "core/check.h"
#include "core/parallel.h"
#include "io/tensor_writer.h"
#include "math/product.h"

namespace athanor::similarity {
namespace {

/// Rows of a block, which with the one that joins them are four depths of a product: part of the result's last bits.
constexpr int64_t kBlockRows = 1023;

/// Columns that a thread centres at a time.
constexpr int64_t kStrip = 256;

constexpr std::string_view kFeaturesKey = "athanor.features";

void copy_upper_from_lower(Matrix& m) { m.triangularView<Eigen::StrictlyUpper>() = m.transpose(); }

std::vector<double> read_doubles(io::TensorReader& file, std::string_view name, const Shape& shape) {
  const io::TensorInfo& tensor = file.layout().tensors[size_t(file.layout().find(name))];
  require(tensor.shape == shape, "{}: '{}' is {}; expected {}", file.name(), name, shape_text(tensor.shape),
          shape_text(shape));
  std::vector<double> values(size_t(tensor.elements()));
  array::load(tensor.dtype, file.read(tensor).data(), values);
  for (const double v : values) require(std::isfinite(v), "{}: '{}' holds {}", file.name(), name, v);
  return values;
}

}  // namespace

MomentSums::MomentSums(int64_t dimension)
    : mean(Eigen::VectorXd::Zero(dimension)), scatter(Matrix::Zero(dimension, dimension)) {}

void MomentSums::add(const MomentSums& other, double times) {
  const double theirs = other.count * times, all = count + theirs;
  if (theirs == 0) return;
  const Eigen::VectorXd apart = other.mean - mean;
  scatter += times * other.scatter + (count * theirs / all) * apart * apart.transpose();
  mean += apart * (theirs / all);
  count = all;
}

Moments MomentSums::moments() const {
  require(count >= 2, "a covariance needs at least 2 rows, got {}", count);
  Moments moments{.count = int64_t(count), .mean = mean, .covariance = scatter / (count - 1)};
  copy_upper_from_lower(moments.covariance);
  return moments;
}

MomentAccumulator::MomentAccumulator(int64_t dimension, int64_t threads)
    : dimension_(dimension), threads_(threads), sums_(dimension) {
  block_.reserve(size_t(kBlockRows * dimension));
}

void MomentAccumulator::add(std::span<const float> rows) {
  while (!rows.empty()) {
    const size_t room = size_t(kBlockRows * dimension_) - block_.size(), n = std::min(room, rows.size());
    block_.insert(block_.end(), rows.begin(), rows.begin() + int64_t(n));
    rows = rows.subspan(n);
    if (n == room) join_block();
  }
}

MomentSums MomentAccumulator::sums() {
  join_block();
  return sums_;
}

void MomentAccumulator::join_block() {
  const int64_t n = int64_t(block_.size()) / dimension_;
  if (n == 0) return;
  centred_.resize(size_t((n + 1) * dimension_));
  const double ours = sums_.count, theirs = double(n), all = ours + theirs;
  in_parallel((dimension_ + kStrip - 1) / kStrip, threads_, [&](int64_t strip) {
    const int64_t first = strip * kStrip, count = std::min(kStrip, dimension_ - first);
    const std::vector<double> mean = centre(n, first, count);
    for (int64_t j = 0; j < count; ++j) {
      const double apart = mean[size_t(j)] - sums_.mean[first + j];
      centred_[size_t(n * dimension_ + first + j)] =
          std::sqrt(ours * theirs / all) * apart;  // ΔΔᵀ·n₁n₂/n is one row more
      sums_.mean[first + j] += theirs / all * apart;
    }
  });
  const math::Vectors columns = math::columns_of(std::span<const double>(centred_), dimension_);
  math::add_products(columns, columns, sums_.scatter.data(), dimension_, threads_, math::Part::lower);
  sums_.count = all;
  block_.clear();
}

/// Some columns of the block's rows, less their mean, which is returned.
std::vector<double> MomentAccumulator::centre(int64_t rows, int64_t first, int64_t count) {
  std::vector<double> mean(size_t(count), 0.0);
  for (int64_t i = 0; i < rows; ++i) {
    const float* const row = block_.data() + i * dimension_ + first;
    for (int64_t j = 0; j < count; ++j) mean[size_t(j)] += double(row[j]);
  }
  for (double& m : mean) m /= double(rows);
  for (int64_t i = 0; i < rows; ++i) {
    const float* const row = block_.data() + i * dimension_ + first;
    double* const to = centred_.data() + i * dimension_ + first;
    for (int64_t j = 0; j < count; ++j) to[j] = double(row[j]) - mean[size_t(j)];
  }
  return mean;
}

void check_moments_name(const io::Sink& sink) {
  if (sink.standard() || io::tensor_format_of(sink) == "npy")
    fail(ErrorKind::usage,
         "moments are three tensors: expected a file's name, such as m.npz or m.safetensors, got '{}'", sink.path);
}

void write_moments(const io::Sink& sink, io::Existing existing, const Moments& moments, std::string_view features,
                   const io::History& history) {
  const int64_t d = moments.mean.size();
  io::Metadata metadata{{std::string(kFeaturesKey), std::string(features)}};
  io::write_history(history, metadata);
  const std::string format = io::tensor_format_of(sink);
  io::TensorWriter writer(sink, existing, format,
                          {{.name = "count", .dtype = DType::i64, .shape = {1}},
                           {.name = "mu", .dtype = DType::f64, .shape = {d}},
                           {.name = "sigma", .dtype = DType::f64, .shape = {d, d}}},
                          metadata);
  const auto bytes = [](const auto* data, int64_t n) { return std::as_bytes(std::span(data, size_t(n))); };
  writer.write_all({{"count", bytes(&moments.count, 1)},
                    {"mu", bytes(moments.mean.data(), d)},
                    {"sigma", bytes(moments.covariance.data(), d * d)}});
}

bool holds_moments(const io::Layout& layout) { return layout.find("mu") >= 0 && layout.find("sigma") >= 0; }

Moments read_moments(io::TensorReader& file, std::string_view features, int64_t dimension) {
  if (!file.random_access()) file.spool();
  const io::Layout& layout = file.layout();
  const auto recorded = layout.metadata.find(std::string(kFeaturesKey));
  require(recorded == layout.metadata.end() || recorded->second == features,
          "{}: holds moments of the features '{}', not '{}'", file.name(),
          recorded == layout.metadata.end() ? "" : io::printable(recorded->second, 80), features);
  const int64_t d = dimension;
  const std::vector<double> mean = read_doubles(file, "mu", {d}), sigma = read_doubles(file, "sigma", {d, d});
  Moments moments{.count = 0,
                  .mean = Eigen::Map<const Eigen::VectorXd>(mean.data(), d),
                  .covariance = Eigen::Map<const Matrix>(sigma.data(), d, d)};
  const double most = moments.covariance.cwiseAbs().maxCoeff();
  require((moments.covariance - moments.covariance.transpose()).cwiseAbs().maxCoeff() <= 1e-6 * most,
          "{}: 'sigma' is not symmetric", file.name());
  if (layout.find("count") >= 0) {
    const double count = read_doubles(file, "count", {1})[0];
    require(count >= 2 && count <= 1e15 && count == std::floor(count), "{}: 'count' is {}", file.name(), count);
    moments.count = int64_t(count);
  }
  return moments;
}

}  // namespace athanor::similarity
