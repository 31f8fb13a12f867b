#include "data/row_writer.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "image/bitmap.h"
#include "image/plot.h"
#include "io/tensor_writer.h"

namespace athanor::data {
namespace {

namespace fs = std::filesystem;

/// Counts rows and hands them on one by one.
class CountedWriter : public RowWriter {
 public:
  explicit CountedWriter(const RowsHeader& header, std::string name)
      : header_(header), name_(std::move(name)), values_(element_count(header.shape)) {}
  void write(std::span<const float> rows) final {
    require(rows.size() % values_ == 0, "{}: {} values are no whole rows of {}", name_, rows.size(),
            shape_text(header_.shape));
    const int64_t n = int64_t(rows.size()) / values_;
    require(done_ + n <= header_.count, "{}: more than the {} rows promised", name_, header_.count);
    for (const float v : rows)
      require(std::isfinite(v), "{}: a row to be written holds {}", name_, std::isnan(v) ? "NaN" : "infinity");
    write_rows(rows, n);
    done_ += n;
  }
  void finish() final {
    require(done_ == header_.count, "{}: {} rows of {} were written", name_, done_, header_.count);
    complete();
  }

 protected:
  virtual void write_rows(std::span<const float> rows, int64_t n) = 0;
  virtual void complete() = 0;
  std::span<const float> row(std::span<const float> rows, int64_t i) const {
    return rows.subspan(i * values_, values_);
  }
  image::Bitmap bitmap(std::span<const float> rows, int64_t i) const {
    return image::from_planes(row(rows, i), header_.shape[0], header_.shape[1], header_.shape[2]);
  }
  image::TextChunks text() const {
    if (header_.history.empty()) return {};
    io::Metadata metadata;
    io::write_history(header_.history, metadata);
    return metadata;
  }
  RowsHeader header_;
  std::string name_;
  int64_t values_, done_ = 0;
};

bool are_images(const RowsHeader& header) { return header.shape.size() == 3; }

/// safetensors or .npy.
class TensorRows : public CountedWriter {
 public:
  TensorRows(const io::Sink& sink, io::Existing existing, const RowsHeader& header, const Remark& remark)
      : CountedWriter(header, sink.name()),
        tensor_(are_images(header) ? "images" : "vectors"),
        pictures_(are_images(header) && (header.shape[0] == 1 || header.shape[0] == 3)),
        writer_(make(sink, existing, header, tensor_)) {
    if (header.labels.empty()) return;
    if (io::tensor_format_of(sink) == "safetensors")
      writer_.write("labels", std::as_bytes(std::span(header.labels)));
    else if (remark)
      remark(sink.name() + ": labels are left out, since .npy holds one array");
  }

 private:
  static io::TensorWriter make(const io::Sink& sink, io::Existing existing, const RowsHeader& header,
                               const std::string& tensor) {
    const std::string format = io::tensor_format_of(sink);
    Shape shape{header.count};
    shape.insert(shape.end(), header.shape.begin(), header.shape.end());
    std::vector<io::TensorInfo> tensors{{.name = tensor, .dtype = DType::f32, .shape = shape, .offset = 0}};
    io::Metadata metadata;
    if (format == "safetensors") {
      if (!header.labels.empty())
        tensors.push_back({.name = "labels", .dtype = DType::i64, .shape = {header.count}, .offset = 0});
      io::write_history(header.history, metadata);
    }
    return {sink, existing, format, tensors, metadata};
  }
  void write_rows(std::span<const float> rows, int64_t) override {
    if (!pictures_) return writer_.write(tensor_, std::as_bytes(rows));
    // Images lie in [-1,1] wherever they are stored; a solver's last step may overshoot a little.
    clamped_.resize(rows.size());
    std::ranges::transform(rows, clamped_.begin(), [](float v) { return std::clamp(v, -1.0f, 1.0f); });
    writer_.write(tensor_, std::as_bytes(std::span(clamped_)));
  }
  void complete() override { writer_.finish(); }
  std::string tensor_;
  bool pictures_;
  std::vector<float> clamped_;
  io::TensorWriter writer_;
};

class SheetRows : public CountedWriter {
 public:
  SheetRows(const io::Sink& sink, io::Existing existing, const RowsHeader& header, const image::SheetOptions& options,
            std::string format)
      : CountedWriter(header, sink.name()),
        sheet_(options, header.count, header.shape[0], header.shape[1], header.shape[2], !header.labels.empty()),
        format_(std::move(format)),
        output_(io::Output::open(sink, existing)) {}

 private:
  std::string label(int64_t i) const {
    if (header_.labels.empty()) return "";
    const int64_t number = header_.labels[i];
    return number < int64_t(header_.class_names.size()) ? header_.class_names[number] : std::to_string(number);
  }
  void write_rows(std::span<const float> rows, int64_t n) override {
    for (int64_t i = 0; i < n; ++i) sheet_.place(done_ + i, bitmap(rows, i), label(done_ + i));
  }
  void complete() override {
    output_.write(image::encode(sheet_.bitmap(), format_, format_ == "png" ? text() : image::TextChunks{}));
    output_.finish();
  }
  image::Sheet sheet_;
  std::string format_;
  io::Output output_;
};

/// One PNG a row.
class FolderRows : public CountedWriter {
 public:
  FolderRows(const io::Sink& sink, io::Existing existing, const RowsHeader& header)
      : CountedWriter(header, sink.name()), folder_(sink.path), existing_(existing) {
    std::error_code error;
    fs::create_directory(folder_.parent_path(), error);
    if (error) fail(ErrorKind::io, "{}: cannot be made: {}", sink.path, error.message());
    // Found out now rather than after hours of work.
    for (int64_t i = 0; i < header.count; ++i) io::check_output(file(i), existing);
  }

 private:
  io::Sink file(int64_t i) const { return {(folder_ / fmt::format("{:06}.png", header_.first + i)).string()}; }
  void write_rows(std::span<const float> rows, int64_t n) override {
    for (int64_t i = 0; i < n; ++i) {
      io::Output output = io::Output::open(file(done_ + i), existing_);
      output.write(image::encode(bitmap(rows, i), "png", text()));
      output.finish();
    }
  }
  void complete() override {}
  fs::path folder_;
  io::Existing existing_;
};

/// Vectors of two components as a cloud of points, a colour a class.
class ScatterRows : public CountedWriter {
 public:
  ScatterRows(const io::Sink& sink, io::Existing existing, const RowsHeader& header)
      : CountedWriter(header, sink.name()), existing_(existing) {
    io::check_output(sink, existing);
  }

 private:
  void write_rows(std::span<const float> rows, int64_t n) override {
    for (int64_t i = 0; i < n; ++i) points_.emplace_back(row(rows, i)[0], row(rows, i)[1]);
  }
  std::vector<image::Series> series() const {
    std::vector<image::Series> classes;
    for (size_t i = 0; i < points_.size(); ++i) {
      const size_t number = header_.labels.empty() ? 0 : size_t(header_.labels[i]);
      if (number >= classes.size()) classes.resize(number + 1);
      classes[number].points.push_back(points_[i]);
    }
    if (header_.labels.empty()) return classes;
    for (size_t c = 0; c < classes.size(); ++c)
      classes[c].name = c < header_.class_names.size() ? header_.class_names[c] : std::to_string(c);
    return classes;
  }
  void complete() override {
    io::check_output({name_}, existing_);
    // Here the plot is the product: what is a remark elsewhere is a failure.
    const Remark failure = [](std::string_view line) { fail(ErrorKind::io, "{}", line); };
    image::plot(name_, {.title = {}, .x_label = {}, .y_label = {}, .log_y = false, .scatter = true}, series(), failure);
  }
  io::Existing existing_;
  std::vector<std::pair<double, double>> points_;
};

void check_header(const RowsHeader& header, const std::string& name) {
  require(header.count > 0 && (header.shape.size() == 1 || are_images(header)) && element_count(header.shape) > 0,
          "{}: {} rows of {} cannot be written; expected images [C,H,W] or vectors [D]", name, header.count,
          shape_text(header.shape));
  require(header.labels.empty() || int64_t(header.labels.size()) == header.count, "{}: {} labels for {} rows", name,
          header.labels.size(), header.count);
  for (const int64_t label : header.labels) require(label >= 0, "{}: a label is negative", name);
}

}  // namespace

std::unique_ptr<RowWriter> open_row_writer(const io::Sink& sink, io::Existing existing, const RowsHeader& header,
                                           const image::SheetOptions& sheet, const Remark& remark) {
  check_header(header, sink.name());
  const bool folder = sink.path.ends_with('/'), svg = sink.path.ends_with(".svg");
  const std::optional<std::string> format = image::image_format_of(sink.path);
  if (are_images(header)) {
    const bool drawn = folder || format.has_value();
    require(!drawn || header.shape[0] == 1 || header.shape[0] == 3, "{}: images of {} channels cannot be drawn",
            sink.name(), header.shape[0]);
    if (svg) fail(ErrorKind::usage, "{}: an SVG shows vectors; images go to .png or .jpg", sink.name());
    if (folder) return std::make_unique<FolderRows>(sink, existing, header);
    if (format) return std::make_unique<SheetRows>(sink, existing, header, sheet, *format);
  } else if (folder || svg || format) {
    if (header.shape[0] != 2 || folder || (format && format != "png"))
      fail(ErrorKind::usage, "{}: vectors of {} components go to .safetensors or .npy{}", sink.name(), header.shape[0],
           header.shape[0] == 2 ? ", or as a plot to .png or .svg" : "");
    return std::make_unique<ScatterRows>(sink, existing, header);
  }
  return std::make_unique<TensorRows>(sink, existing, header, remark);
}

}  // namespace athanor::data
