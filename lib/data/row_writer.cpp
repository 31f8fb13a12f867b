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
  image::Bitmap bitmap(std::span<const float> rows, int64_t i, int depth = 8) const {
    return image::from_planes(row(rows, i), header_.shape[0], header_.shape[1], header_.shape[2], depth);
  }
  std::string class_name(int64_t label) const {
    return label < int64_t(header_.class_names.size()) ? header_.class_names[label] : std::to_string(label);
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

/// Images as tensors hold them: float32 or bytes, channels first or last.
struct Storage {
  bool bytes = false, last = false;
  DType dtype() const { return bytes ? DType::u8 : DType::f32; }
  Shape shape(const Shape& row) const { return last ? Shape{row[1], row[2], row[0]} : row; }
};

Storage storage_of(const StoreOptions& store, const RowsHeader& header, std::string_view format) {
  const bool adm = are_images(header) && format == "npz";
  return {.bytes = store.pixels.empty() ? adm : store.pixels == "uint8",
          .last = store.layout.empty() ? adm : store.layout == "nhwc"};
}

/// safetensors, .npy, .npz or .pt.
class TensorRows : public CountedWriter {
 public:
  TensorRows(const io::Sink& sink, io::Existing existing, const RowsHeader& header, const std::string& format,
             const Storage& storage, const Remark& remark)
      : CountedWriter(header, sink.name()),
        images_(are_images(header)),
        storage_(storage),
        adm_(format == "npz" && storage.bytes && storage.last),
        writer_(sink, existing, format, tensors(format), metadata()) {
    if (header.labels.empty()) return;
    if (format == "npy") {
      if (remark) remark(sink.name() + ": labels are left out, since .npy holds one array");
    } else if (writer_.layout().tensors.front().name == labels_name()) {
      write_labels();
    }
  }

 private:
  std::string rows_name() const { return adm_ ? "arr_0" : images_ ? "images" : "vectors"; }
  std::string labels_name() const { return adm_ ? "arr_1" : "labels"; }
  /// Labels come first, so that a reader of the stream has them with the first row; ADM's order is the other.
  std::vector<io::TensorInfo> tensors(std::string_view format) const {
    Shape shape = images_ ? storage_.shape(header_.shape) : header_.shape;
    shape.insert(shape.begin(), header_.count);
    std::vector<io::TensorInfo> list{
        {.name = rows_name(), .dtype = images_ ? storage_.dtype() : DType::f32, .shape = shape}};
    if (!header_.labels.empty() && format != "npy")
      list.insert(adm_ ? list.end() : list.begin(),
                  {.name = labels_name(), .dtype = DType::i64, .shape = {header_.count}});
    return list;
  }
  io::Metadata metadata() const {
    io::Metadata metadata;
    io::write_history(header_.history, metadata);
    return metadata;
  }
  void write_labels() { writer_.write(labels_name(), std::as_bytes(std::span(header_.labels))); }
  void write_rows(std::span<const float> rows, int64_t n) override {
    if (!images_) return writer_.write(rows_name(), std::as_bytes(rows));
    for (int64_t i = 0; i < n; ++i) write_image(row(rows, i));
  }
  /// Values lie in [-1,1] wherever images are stored; a solver's last step may overshoot a little.
  void write_image(std::span<const float> planes) {
    const int64_t channels = header_.shape[0], pixels = values_ / channels;
    values_of_row_.resize(planes.size());
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t p = 0; p < pixels; ++p)
        values_of_row_[storage_.last ? p * channels + c : c * pixels + p] =
            std::clamp(planes[c * pixels + p], -1.0f, 1.0f);
    if (!storage_.bytes) return writer_.write(rows_name(), std::as_bytes(std::span(values_of_row_)));
    bytes_.resize(planes.size());
    std::ranges::transform(values_of_row_, bytes_.begin(), [](float v) { return uint8_t(image::to_sample(v, 255)); });
    writer_.write(rows_name(), std::as_bytes(std::span(bytes_)));
  }
  void complete() override {
    if (adm_ && !header_.labels.empty()) write_labels();
    writer_.finish();
  }
  bool images_;
  Storage storage_;
  bool adm_;
  std::vector<float> values_of_row_;
  std::vector<uint8_t> bytes_;
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
  std::string label(int64_t i) const { return header_.labels.empty() ? "" : class_name(header_.labels[i]); }
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

/// One image file a row.
class FolderRows : public CountedWriter {
 public:
  FolderRows(const io::Sink& sink, io::Existing existing, const RowsHeader& header, const std::string& format,
             const StoreOptions& store)
      : CountedWriter(header, sink.name()), folder_(sink.path), existing_(existing), format_(format), store_(store) {
    check(header.shape[0]);
    make(folder_.parent_path());
    if (store.by_class)
      for (const int64_t label : header.labels) make(folder_ / class_name(label));
    // Found out now rather than after hours of work.
    for (int64_t i = 0; i < header.count; ++i) io::check_output(file(i), existing);
  }

 private:
  void check(int64_t channels) const {
    if (store_.depth != 8 && store_.depth != 16)
      fail(ErrorKind::usage, "--depth: must be 8 or 16, got {}", store_.depth);
    if (store_.depth == 16 && (format_ == "jpeg" || format_ == "webp"))
      fail(ErrorKind::usage, "--depth: {} holds 8 bits a sample", format_);
    require(channels <= 4, "{}: images of {} channels cannot be drawn", name_, channels);
    require(channels % 2 == 1 || (format_ != "jpeg" && format_ != "pnm"), "{}: {} holds no transparent images", name_,
            format_);
    require(!store_.by_class || !header_.labels.empty(),
            "{}: --by-class sorts images by their labels, and there are none", name_);
  }
  void make(const fs::path& folder) const {
    std::error_code error;
    fs::create_directory(folder, error);
    if (error) fail(ErrorKind::io, "{}: cannot be made: {}", folder.string(), error.message());
  }
  io::Sink file(int64_t i) const {
    const fs::path folder = store_.by_class ? folder_ / class_name(header_.labels[i]) : folder_;
    return {(folder / fmt::format("{:06}{}", header_.first + i, image::suffix_of(format_))).string()};
  }
  void write_rows(std::span<const float> rows, int64_t n) override {
    for (int64_t i = 0; i < n; ++i) {
      io::Output output = io::Output::open(file(done_ + i), existing_);
      output.write(
          image::encode(bitmap(rows, i, int(store_.depth)), format_, format_ == "png" ? text() : image::TextChunks{}));
      output.finish();
    }
  }
  void complete() override {}
  fs::path folder_;
  io::Existing existing_;
  std::string format_;
  StoreOptions store_;
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
    image::plot(name_, {.title = {}, .x_label = {}, .y_label = {}, .log_y = false, .scatter = true, .equal_axes = true},
                series(), failure);
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

/// What is written: the name of a tensor format or of an image format.
std::string format_of(const io::Sink& sink, const StoreOptions& store) {
  if (!store.format.empty()) return store.format;
  return sink.path.ends_with('/') ? "png" : image::image_format_of(sink.path).value_or(io::tensor_format_of(sink));
}

}  // namespace

void StoreOptions::fields(Fields& v) {
  v.opt("--pixels", pixels, "numbers of images in tensors; uint8 in .npz unless given, else float32",
        one_of({"float32", "uint8"}));
  v.opt("--layout", layout, "their axes; nhwc in .npz unless given, else nchw", one_of({"nchw", "nhwc"}));
  v.opt("--by-class", by_class, "one folder a class for image files");
  v.opt("--depth", depth, "bits a sample of the image files of a folder, 8 or 16", between(8, 16));
}

RowsHeader header_of(const Dataset& set, io::History history) {
  RowsHeader header{
      .count = set.size(), .shape = set.shape(), .class_names = set.class_names(), .history = std::move(history)};
  for (int64_t i = 0; set.labelled() && i < set.size(); ++i) header.labels.push_back(set.label(i));
  return header;
}

std::unique_ptr<RowWriter> open_row_writer(const io::Sink& sink, io::Existing existing, const RowsHeader& header,
                                           const image::SheetOptions& sheet, const Remark& remark,
                                           const StoreOptions& store) {
  check_header(header, sink.name());
  const bool folder = sink.path.ends_with('/'), svg = sink.path.ends_with(".svg");
  const std::string format = format_of(sink, store);
  const bool tensors = std::ranges::find(io::kTensorFormats, format) != std::end(io::kTensorFormats);
  if (store.of_files() && !folder)
    fail(ErrorKind::usage, "{}: --by-class and --depth are for folders of image files (-o DIR/)", sink.name());
  if (are_images(header)) {
    const int64_t channels = header.shape[0];
    if (svg && tensors) fail(ErrorKind::usage, "{}: an SVG shows vectors; images go to .png or .jpg", sink.name());
    if (folder && tensors) fail(ErrorKind::usage, "{}: a folder gets image files, not {}", sink.name(), format);
    if (folder) return std::make_unique<FolderRows>(sink, existing, header, format, store);
    require(tensors || channels == 1 || channels == 3, "{}: images of {} channels cannot be drawn", sink.name(),
            channels);
    if (!tensors) return std::make_unique<SheetRows>(sink, existing, header, sheet, format);
  } else if (folder || svg || !tensors) {
    if (header.shape[0] != 2 || folder || (!tensors && format != "png"))
      fail(ErrorKind::usage, "{}: vectors of {} components go to .safetensors or .npy{}", sink.name(), header.shape[0],
           header.shape[0] == 2 ? ", or as a plot to .png or .svg" : "");
    return std::make_unique<ScatterRows>(sink, existing, header);
  }
  return std::make_unique<TensorRows>(sink, existing, header, format, storage_of(store, header, format), remark);
}

}  // namespace athanor::data
